"""Going to the provider and coming back: to sign in, and to confirm before irreversible acts.

Both are links: browsers apply `form-action` of the security policy to redirects of forms. Nobody
gets an account here. The provider names a document, and its account is looked up.
"""

from __future__ import annotations

import logging

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, calendar, db
from app.base.models import SignIn, Ticket, User
from app.base.urls import external_url
from app.people.access import find_person, local_path, me, tickets
from app.people.accounts import attempts, passwords, signed_in
from app.people.accounts.factor import fresh, waiting
from app.people.accounts.factor.policy import works_at_desk
from app.people.provider import calls, policy, tokens, trip
from app.people.provider.tokens import Named
from app.people.provider.trip import Trip

logger = logging.getLogger(__name__)
blueprint = Blueprint("provider", __name__)

Answer = Response | tuple[str, int]
#: Why the person does not come in → the status of the page.
FAULTS = {
    "begin_again": 400,
    "denied": 403,
    "no_account": 403,
    "desk": 403,
    "weak": 403,
    "another": 403,
    "bad_answer": 502,
    "no_answer": 503,
}


@blueprint.get("/ingresar/proveedor")
def go() -> Answer:
    """Send the browser to the provider: to sign in, or to confirm who is signed in."""
    policy.require_on()
    wanted = local_path(request.args.get("siguiente"))
    user = me()
    if user is None:
        return send(wanted, policy.first_acr(), confirms=False)
    if not fresh.is_by_provider(db.session(), user):
        return redirect(wanted, 303)
    return send(wanted, policy.acr_to_confirm(user), confirms=True)


@blueprint.get("/cuenta/confirmar/proveedor")
def confirm() -> str:
    """Ask a person who came from the provider to go there again, before an irreversible act."""
    user = me()
    policy.require_on()
    if user is None or not fresh.is_by_provider(db.session(), user):
        abort(404)
    wanted = local_path(request.args.get("siguiente"))
    return render_template("provider/confirm.html", wanted=wanted)


@blueprint.get("/ingresar/proveedor/regreso")
def come_back() -> Answer:
    """Take the provider's answer, and sign in the person of the document that it names."""
    policy.require_on()
    ended = trip.end(request.args.get("state", ""))
    if me() is not None and (ended is None or not ended.confirms):
        return redirect(ended.wanted if ended else "/", 303)  # signed in meanwhile
    if ended is None or (ended.confirms and me() is None):
        return fault("begin_again", "unknown state")
    if "error" in request.args:
        denied = request.args["error"] == "access_denied"
        return fault("denied" if denied else "bad_answer", "error", ended)
    code, issuer = request.args.get("code", ""), request.args.get("iss")
    if not code or issuer not in (None, current_app.config["OIDC_ISSUER"]):
        return fault("bad_answer", "no code, or of another issuer", ended)
    with db.writing(current_app) as session:
        attempts.admit(session, "provider")
    db.session().commit()  # no transaction is open while the provider is awaited
    try:
        named = tokens.named(ended, code, back())
    except calls.NoAnswer:
        return fault("no_answer", "no answer", ended)
    except calls.BadAnswer as found:
        return fault("bad_answer", str(found), ended)
    return (note_confirmation if ended.confirms else let_in)(ended, named)


def back() -> str:
    """Return this site's address for the provider's answers: of the settings, never of the Host."""
    return external_url("provider.come_back")


def send(wanted: str, acr: str, *, confirms: bool) -> Answer:
    """Redirect to the provider, which must authenticate the person with this acr."""
    db.session().commit()  # nothing is open while the provider is awaited
    begun = trip.begin(wanted, acr, confirms=confirms)
    try:
        return redirect(tokens.address(begun, back()), 303)
    except calls.NoAnswer:
        return fault("no_answer", "no answer", begun)
    except calls.BadAnswer as found:
        return fault("bad_answer", str(found), begun)


def let_in(ended: Trip, named: Named) -> Answer:
    """Sign in the person of the named document, who has an account here."""
    user = account_of(named)
    if user is None:
        return fault("no_account", "no account", ended)
    if works_at_desk(user):  # the provider would let in the one who used the computer last
        return fault("desk", "the account of a desk", ended)
    demanded = policy.acr_for(user)
    if not policy.is_enough(named.acr, demanded):
        if policy.is_enough(ended.acr, demanded):
            return fault("weak", "its acr is too weak", ended)
        return send(ended.wanted, demanded, confirms=False)  # now that the person is known
    # The hash takes a moment: before the transaction.
    secret = "" if user.password_hash else passwords.unknown()
    with db.writing(current_app) as session:
        person = db.locked(session, User, user.id)
        if secret and not person.password_hash:
            open_account(session, person, secret)
        strong = policy.is_second_factor(named.acr)
        return waiting.come_in(session, person, ended.wanted, with_factor=strong)


def open_account(session: Session, person: User, secret: str) -> None:
    """Open an invited person's account, as a first password does, with one that nobody knows.

    An account without a password counts as never used: an act of its entity could replace its
    address, and the next invitation would let another person in.
    """
    person.password_hash = secret
    tickets.void(session, Ticket.kind == "invitation", Ticket.user_id == person.id)
    audit_log.of_person(session, "person.opened_by_provider", person, person.id)


def note_confirmation(ended: Trip, named: Named) -> Answer:
    """Record that the signed-in person was authenticated again, after the browser was sent."""
    row, user = signed_in.current(), account_of(named)
    if row is None or user is None or user.id != row.user_id:
        return fault("another", "another person", ended)
    if not policy.is_enough(named.acr, policy.acr_to_confirm(user)):
        return fault("weak", "its acr is too weak", ended)
    at = named.authenticated_at
    if at is None or (ended.began - at).total_seconds() > tokens.LEEWAY:
        return fault("bad_answer", "the person was not authenticated again", ended)
    with db.writing(current_app) as session:
        session.get_one(SignIn, row.id).factor_at = calendar.now()
    flash("Confirmaste que eres tú: vale por diez minutos. Revisa y envía otra vez.", "success")
    return redirect(ended.wanted, 303)


def account_of(named: Named) -> User | None:
    """Return the one account of the named document, if its person may come in."""
    if not named.document_type or not named.document_number:
        return None
    user = find_person(db.session(), named.document_type, named.document_number)
    return user if user is not None and policy.may_come_in(user) else None


def fault(kind: str, reason: str, ended: Trip | None = None) -> Answer:
    """Return the page that says why the person does not come in; log the reason, without data."""
    logger.warning("sign-in with the provider: %s (%s)", kind, reason)
    page = render_template(
        "provider/failed.html",
        kind=kind,
        wanted=ended.wanted if ended is not None else "/",
        confirms=ended is not None and ended.confirms,
    )
    return page, FAULTS[kind]
