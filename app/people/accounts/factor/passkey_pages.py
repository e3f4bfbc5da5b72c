"""Pages of passkeys: adding one, its name, removing it. A script asks the browser for it."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Passkey, User
from app.people.access import me
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import passkeys, policy, waiting
from app.people.accounts.factor.pages import (
    PASSKEY,
    Answer,
    done,
    knows_password,
    own_row,
    setting_up,
)
from app.people.accounts.forms import AddPasskey, PasskeyName, errors_of
from forms.fields import add_error

#: The form's word for each purpose of a challenge.
PURPOSES = {"agregar": passkeys.REGISTER, "usar": passkeys.USE}


@pages.post("/segundo-factor/llave/reto")
def passkey_options() -> Response:
    """Return a new challenge, and what else the script gives to the browser (JSON)."""
    session = db.session()
    found = waiting.current(session)
    user = me() or (found[0] if found else None)
    if user is None:
        return redirect(url_for("accounts.sign_in"), 303)
    purpose = PURPOSES.get(request.form.get("para", ""))
    if purpose is None or not passkeys.are_allowed(user):
        abort(404)
    if purpose == passkeys.USE and not passkeys.of(session, user):
        abort(404)
    made = passkeys.options(session, user, purpose)
    session.commit()
    return FlaskResponse(made, mimetype="application/json")


@pages.route("/segundo-factor/llave", methods=["GET", "POST"])
def add_passkey() -> Answer:
    """Add a passkey: at a sign-in that demands a second factor, or from the user's account."""
    who = setting_up("accounts.add_passkey")
    if isinstance(who, Response):
        return who
    session, user = db.session(), who.user
    if not passkeys.are_allowed(user):
        abort(404)
    form = (AddPasskey if who.is_signed_in else PasskeyName)(
        request.form if request.method == "POST" else None
    )
    if request.method == "POST" and form.validate() and knows_password(session, user, form):
        try:
            answer, name = request.form.get(PASSKEY, ""), form.name.data
            return done(session, who, passkeys.register(session, user, answer, name))
        except passkeys.Refused as why:
            session.rollback()
            add_error(form.name, str(why))
    page = render_template(
        "accounts/add_passkey.html",
        form=form,
        errors=errors_of(form),
        wanted=who.wanted,
        has=who.has,
        required=policy.is_required(user),
    )
    return (page, 422) if request.method == "POST" else page


@pages.route("/segundo-factor/llaves/<int:number>", methods=["GET", "POST"])
def show_passkey(number: int) -> Answer:
    """Show one of the user's passkeys, and give it another name."""
    session, user, passkey = _own(number)
    form = PasskeyName(request.form if request.method == "POST" else None, name=passkey.name)
    if request.method == "POST" and form.validate():
        changed = form.name.data != passkey.name
        if changed:
            passkeys.rename(session, user, passkey, form.name.data)
            session.commit()
        said = ("Guardamos el nombre.", "success") if changed else ("No cambiaste nada.", "message")
        flash(*said)
        return _back()
    page = render_template(
        "accounts/passkey.html", form=form, errors=errors_of(form), passkey=passkey
    )
    return (page, 422) if request.method == "POST" else page


@pages.post("/segundo-factor/llaves/<int:number>/quitar")
def remove_passkey(number: int) -> Response:
    """Remove one of the user's passkeys; the last second factor stays."""
    session, user, passkey = _own(number)
    try:
        passkeys.remove(session, user, passkey)
    except passkeys.Refused as why:
        session.rollback()
        flash(str(why), "warning")
        return _back()
    session.commit()
    flash("Quitaste la llave de acceso. Bórrala también en tu dispositivo.", "success")
    return _back()


def _own(number: int) -> tuple[Session, User, Passkey]:
    """Return the session, the user and one of their passkeys; 404 for any other."""
    session, user, _ = own_row()
    passkey = session.get(Passkey, number)
    if passkey is None or passkey.user_id != user.id:
        abort(404)
    return session, user, passkey


def _back() -> Response:
    return redirect(f"{url_for('accounts.mine')}#segundo-factor", 303)
