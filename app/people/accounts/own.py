"""My account: my data, my password, where I am signed in, my roles."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app.base import audit_log, db, formatting
from app.base.models import Grant, SignIn, User
from app.people.access import me
from app.people.accounts import guesses, new_devices, passwords, signed_in
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import codes, held, passkeys, policy
from app.people.accounts.factor.resets import Refused, change_address
from app.people.accounts.forms import ChangePassword, Contact, errors_of
from app.people.accounts.links import set_password
from app.people.digest import set_digest
from forms.fields import add_error

Answer = Response | str | tuple[str, int]
CALENDAR_VOID = "Si tenías una dirección de tu calendario, ya no vale: crea otra."


def myself() -> User:
    """Return the signed-in user; the guard has let only signed-in users pass."""
    user = me()
    if user is None:
        abort(404)
    return user


@pages.get("/cuenta")
def mine() -> str:
    """Show everything about the user's account on one page."""
    return account_page()


def account_page(**given: Any) -> str:
    """Return the page, with a form that was refused where there is one."""
    user, session = myself(), db.session()
    roles = session.scalars(
        select(Grant)
        .options(joinedload(Grant.entity))
        .where(Grant.user_id == user.id, Grant.until_at.is_(None))
        .order_by(Grant.id)
    )
    values: dict[str, Any] = {
        "user": user,
        "roles": roles.all(),
        "sign_ins": signed_in.open_ones(session, user),
        "current": signed_in.current(),
        "gets_sign_in_mails": new_devices.wants_mails(user),
        "factor": held.of(session, user),
        "may_add_passkey": passkeys.are_allowed(user),
        "codes_left": codes.left(session, user),
        "factor_is_offered": policy.is_offered(user),
        "factor_is_required": policy.is_required(user),
        "password_form": ChangePassword(document_number=user.document_number),
        "contact_form": Contact(data={"email": user.email, "phone": user.phone}),
        "errors": {},
    }
    return render_template("accounts/mine.html", **(values | given))


@pages.post("/cuenta/clave")
def change_password() -> Answer:
    """Set a new password; sign other browsers out."""
    user, session = myself(), db.session()
    form = ChangePassword(request.form, document_number=user.document_number)
    if form.validate() and is_me(session, user, form.current_password):
        session.commit()  # nothing stays locked while the password is hashed
        known, secret = user.password_hash, passwords.hashed(form.new_password.data)
        _alone(session, user)
        if user.password_hash == known:  # otherwise the same form was sent twice
            set_password(session, user, secret)
        session.commit()
        flash("Cambiaste tu contraseña. Cerramos tus demás sesiones.", "success")
        return redirect(url_for("accounts.mine"), 303)
    return account_page(password_form=form, errors=errors_of(form)), 422


@pages.post("/cuenta/contacto")
def change_contact() -> Answer:
    """Change the user's address: links that give access go there, so it takes the password."""
    user, session = myself(), db.session()
    form = Contact(request.form)
    if form.validate() and is_me(session, user, form.proof):
        _alone(session, user)
        try:
            email = change_address(session, user, form.email.data, user.id)
        except Refused as why:
            add_error(form.email, str(why))
            return account_page(contact_form=form, errors=errors_of(form)), 422
        old, user.phone = (email, user.phone), form.phone.data
        if changed := _changed(user, *old):
            audit_log.write(
                session,
                "person.contact_changed",
                actor_id=user.id,
                person_id=user.id,
                changed=changed,
            )
        session.commit()
        if changed:
            flash("Guardamos tus datos de contacto.", "success")
        else:
            flash("No cambiaste nada.", "message")
        return redirect(url_for("accounts.mine"), 303)
    return account_page(contact_form=form, errors=errors_of(form)), 422


def _alone(session: Session, user: User) -> None:
    """Read the user again once no other form of the same user changes the account."""
    db.in_turn(session, f"account {user.id}")
    session.refresh(user)


def _changed(user: User, email: str, phone: str) -> dict[str, list[str]]:
    """Return what changed, old and new; the log has only the last digits of telephones."""
    pairs = {"email": [email, user.email], "own_phone": [phone, user.phone]}
    changed = {name: values for name, values in pairs.items() if values[0] != values[1]}
    if "own_phone" in changed:
        changed["own_phone"] = [formatting.masked_phone(value) for value in changed["own_phone"]]
    return changed


@pages.post("/cuenta/avisos")
def change_digest() -> Response:
    """Set whether the user gets digests; legal notices are always sent."""
    user, wanted = myself(), request.form.get("resumen") == "si"
    changed = user.wants_digest is not wanted
    set_digest(db.session(), user, wanted=wanted)
    db.session().commit()
    said = "Volverás a recibir los resúmenes." if wanted else "Ya no recibirás los resúmenes."
    flash(*((said, "success") if changed else ("No cambiaste nada.", "message")))
    return redirect(url_for("accounts.mine"), 303)


@pages.post("/cuenta/ingresos")
def change_sign_in_mails() -> Response:
    """Set whether the user gets a mail about a sign-in from a new device."""
    user, wanted = myself(), request.form.get("aviso") == "si"
    changed = new_devices.wants_mails(user) is not wanted
    user.wants_sign_in_mails = wanted
    db.session().commit()
    said = "Te avisaremos." if wanted else "Ya no te avisaremos de los ingresos en equipos nuevos."
    flash(*((said, "success") if changed else ("No cambiaste nada.", "message")))
    return redirect(url_for("accounts.mine"), 303)


@pages.post("/cuenta/teclas")
def change_keys() -> Response:
    """Set whether the key / leads to the search: it is off until its user switches it on."""
    user, wanted = myself(), request.form.get("barra") == "si"
    changed = user.slash_key is not wanted
    user.slash_key = wanted
    db.session().commit()
    said = "La tecla / lleva al buscador." if wanted else "La tecla / ya no lleva al buscador."
    flash(*((said, "success") if changed else ("No cambiaste nada.", "message")))
    return redirect(url_for("accounts.mine"), 303)


def is_me(session: Session, user: User, field: Any) -> bool:
    """Return whether a field has the user's password; add an error to it otherwise."""
    subject = f"{user.document_type} {user.document_number}"
    if guesses.try_password(session, subject, field.data) is not None:
        return True
    add_error(field, "Esa no es tu contraseña actual. Vuelve a escribirla.")
    return False


@pages.post("/cuenta/sesiones/<int:number>")
def end_sign_in(number: int) -> Response:
    """End one of the user's sign-ins."""
    session = db.session()
    row = session.get(SignIn, number)
    if row is None or row.user_id != myself().id or row.ended_at is not None:
        abort(404)
    signed_in.end(session, row)
    session.commit()
    flash("Cerramos esa sesión.", "success")
    return redirect(url_for("accounts.mine"), 303)


@pages.post("/cuenta/sesiones")
def end_others() -> Response:
    """End all the user's sign-ins but this one, and void their calendar."""
    session, me = db.session(), myself()
    count = signed_in.end_all(session, me, me.id, but=signed_in.current())
    session.commit()
    if count:
        flash(f"Cerramos tus demás sesiones. {CALENDAR_VOID}", "success")
    else:
        flash("No había otras sesiones.", "message")
    return redirect(url_for("accounts.mine"), 303)
