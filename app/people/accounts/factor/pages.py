"""Pages of the second factor: giving a code, setting it up, new recovery codes, removing it."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, calendar, db
from app.base.models import SignIn, User
from app.people import sealing
from app.people.access import local_path, me
from app.people.accounts import guesses, known_browsers, signed_in
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import codes, fresh, held, passkeys, policy, waiting
from app.people.accounts.forms import FactorCode, FirstFactor, SetUpFactor, errors_of
from forms.fields import Part, add_error

Answer = Response | str | tuple[str, int]
#: Where the browser holds the secret that is being set up, encrypted.
OFFERED_SECRET = "offered_secret"  # noqa: S105 - a name
WRONG = (
    "Ese código no es correcto o ya se usó. Escribe el que tu aplicación muestra ahora; si no lo "
    "acepta, compara la hora de tu teléfono con la de esta página."
)
WRONG_PASSKEY = "No pudimos comprobar tu llave de acceso. Inténtalo otra vez, o escribe un código."
#: The field in which the script posts the browser's answer.
PASSKEY = "credential"


@pages.route("/ingresar/codigo", methods=["GET", "POST"])
def give_code() -> Answer:
    """Ask for the second factor of a person who gave the password, and sign them in."""
    session = db.session()
    found = waiting.current(session)
    if me() is not None:
        abort(404)
    if found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    user, wanted = found
    if not held.of(session, user):
        return redirect(url_for("accounts.set_up_factor"), 303)
    form = FactorCode(request.form if request.method == "POST" else None)
    if request.method == "POST" and is_right(session, user, form):
        signed_in.start(session, user, with_factor=True)
        session.commit()
        return redirect(wanted, 303)
    return code_page(form, user, "accounts/give_code.html")


@pages.route("/cuenta/confirmar", methods=["GET", "POST"])
def confirm_factor() -> Answer:
    """Ask the signed-in user for the second factor, before what cannot be taken back."""
    session, user, row = own_row()
    form = FactorCode(request.form if request.method == "POST" else None)
    if request.method == "POST" and is_right(session, user, form):
        row.factor_at = calendar.now()
        session.commit()
        flash("Confirmaste que eres tú: vale por diez minutos. Revisa y envía otra vez.", "success")
        return redirect(local_path(request.args.get("siguiente")), 303)
    return code_page(form, user, "accounts/confirm_factor.html")


def code_page(form: FactorCode, user: User, template: str) -> Answer:
    """Return a page that asks for a code or a passkey, with the server's hour."""
    has = held.of(db.session(), user)
    if not has.telephone:
        form.factor_code.description = "Uno de tus códigos de recuperación."
    page = render_template(
        template,
        form=form,
        errors=errors_of(form),
        now=calendar.now(),
        has=has,
        may_use_passkey=bool(has.passkeys) and passkeys.are_allowed(user),
        shown=codes.shown(has.telephone),
    )
    return (page, 422) if request.method == "POST" else page


def is_right(session: Session, user: User, form: FactorCode) -> bool:
    """Accept the typed code or the browser's passkey, or add an error. Commits the counting.

    Raises TooManyTries: tries are limited like those of passwords, by a separate count.
    """
    answer = request.form.get(PASSKEY)
    if answer is None and not form.validate():
        return False
    guess = guesses.admit(session, f"code {known_browsers.subject_of(user)}")
    if answer is None:
        accepted, wrong = codes.accept(session, user, form.factor_code.data), WRONG
    else:
        allowed = passkeys.are_allowed(user)
        accepted, wrong = allowed and passkeys.accept(session, user, answer), WRONG_PASSKEY
    if accepted:
        guesses.forgive(session, guess)
        return True
    guesses.warn_owner(session, guess, user)
    add_error(form.factor_code, wrong)
    return False


@dataclass(frozen=True)
class SettingUp:
    """A person who sets up a second factor: in which way, and where they go on."""

    user: User
    wanted: str
    #: Signed in, not at a sign-in that demands it.
    is_signed_in: bool
    has: held.Held


def setting_up(endpoint: str) -> SettingUp | Response:
    """Return who sets up a second factor on a page, or where they go first.

    A user who already has one gives a recent code before. 404 for people who may have none.
    """
    session = db.session()
    signed, found = me(), waiting.current(session)
    if signed is None and found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    user, wanted = found if signed is None and found else (signed, _wanted())
    if user is None or not (policy.is_offered(user) or policy.is_required(user)):
        abort(404)
    has = held.of(session, user)
    if has and signed is None:
        return redirect(url_for("accounts.give_code"), 303)
    if has and not fresh.is_recent():
        return redirect(fresh.way(session, user, url_for(endpoint)), 303)
    return SettingUp(user, wanted, signed is not None, has)


@pages.route("/segundo-factor", methods=["GET", "POST"])
def set_up_factor() -> Answer:
    """Set up the telephone's codes: at a sign-in that demands it, or from the user's account."""
    who = setting_up("accounts.set_up_factor")
    if isinstance(who, Response):
        return who
    session, user = db.session(), who.user
    form = (SetUpFactor if who.is_signed_in else FirstFactor)(
        request.form if request.method == "POST" else None
    )
    secret = _offered_secret()
    if request.method == "POST" and form.validate() and knows_password(session, user, form):
        step = codes.step_of(secret, form.factor_code.data)
        if step is not None:
            return done(session, who, codes.save(session, user, secret, step))
        add_error(form.factor_code, WRONG)
    page = render_template(
        "accounts/set_up_factor.html",
        form=form,
        errors=errors_of(form),
        now=calendar.now(),
        secret=secret,
        address=codes.address(secret, user),
        picture=codes.picture(codes.address(secret, user)),
        has=who.has,
        required=policy.is_required(user),
        may_add_passkey=passkeys.are_allowed(user),
        wanted=who.wanted,
    )
    return (page, 422) if request.method == "POST" else page


def _wanted() -> str:
    return local_path(request.args.get("siguiente") or url_for("accounts.mine"))


def _offered_secret() -> str:
    """Return the secret that this browser is setting up, so that a reload shows the same one."""
    try:
        return sealing.unseal(flask.session[OFFERED_SECRET])
    except (KeyError, sealing.Unreadable):
        secret = codes.new()
        flask.session[OFFERED_SECRET] = sealing.seal(secret)
        return secret


def knows_password(session: Session, user: User, form: Part) -> bool:
    """Return whether the form, where it asks, has the password; add an error otherwise."""
    if "proof" not in form:
        return True  # it was given a moment ago
    if guesses.try_password(session, known_browsers.subject_of(user), form.proof.data) is not None:
        return True
    add_error(form.proof, "Esa no es tu contraseña actual. Vuelve a escribirla.")
    return False


def done(session: Session, who: SettingUp, printed: list[str]) -> Answer:
    """Sign in with the new second factor, and show its recovery codes once. Commits.

    With new codes the other sign-ins end, since nobody gave the second factor there.
    """
    row, user = signed_in.current(), who.user
    for other in signed_in.open_ones(session, user) if printed else []:
        if row is None or other.id != row.id:
            signed_in.end(session, other)
    if row is None:
        signed_in.start(session, user, with_factor=True)
    else:
        row.factor_at = calendar.now()
        flask.session.pop(OFFERED_SECRET, None)
    session.commit()
    if printed:
        return _codes_page(user, printed, who.wanted)
    flash("Listo. Tus códigos de recuperación son los de antes.", "success")
    return redirect(who.wanted, 303)


def _codes_page(user: User, printed: list[str], wanted: str) -> str:
    return render_template(
        "accounts/recovery_codes.html", user=user, codes=printed, wanted=wanted, now=calendar.now()
    )


def own_row() -> tuple[Session, User, SignIn]:
    """Return the session, the user and the sign-in; 404 without a second factor."""
    user, session, row = me(), db.session(), signed_in.current()
    if user is None or row is None or not policy.is_on() or not held.of(session, user):
        abort(404)
    return session, user, row


@pages.post("/segundo-factor/codigos")
def renew_recovery_codes() -> str:
    """Replace the recovery codes, and show the new ones once."""
    session, user, _ = own_row()
    printed = codes.new_recovery_codes(session, user)
    audit_log.of_person(session, "person.recovery_codes_made", user, user.id)
    session.commit()
    return _codes_page(user, printed, url_for("accounts.mine"))


@pages.post("/segundo-factor/quitar")
def remove_factor() -> Response:
    """Remove the second factor of a person who does not have to have it."""
    session, user, row = own_row()
    if policy.is_required(user):
        abort(404)
    held.remove_all(session, user)
    row.factor_at = None
    audit_log.of_person(session, "person.factor_removed", user, user.id)
    codes.notify(session, user, "removed")
    session.commit()
    flash("Quitaste el segundo factor: desde ahora ingresas solo con tu contraseña.", "success")
    return redirect(url_for("accounts.mine"), 303)
