"""Pages of links in mails: invitations, password resets. A GET shows, the POST spends the link."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, db
from app.base.models import Ticket, User
from app.people import mail, notices
from app.people.access import find_person, invite, suspension, tickets
from app.people.accounts import attempts, passwords, signed_in
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import waiting
from app.people.accounts.forms import NewPassword, errors_of
from forms.fields.people import Document

Answer = Response | str | tuple[str, int]


@pages.route("/invitacion/<token>", methods=["GET", "POST"])
def accept_invitation(token: str) -> Answer:
    """Show and process the form in which an invited user chooses the first password."""
    return choose("invitation", token)


@pages.route("/clave/<token>", methods=["GET", "POST"])
def choose_password(token: str) -> Answer:
    """Show and process the form in which a user replaces a forgotten password."""
    return choose("reset", token)


def choose(kind: str, token: str) -> Answer:
    """Show the form of a new password; the POST sets it, spends the link and signs the user in."""
    session = db.session()
    ticket = tickets.find(session, kind, token)
    if ticket is None or ticket.user is None:
        abort(404)
    if not tickets.is_good(ticket) or not ticket.user.may_reopen:
        return expired(ticket, token)
    user = ticket.user
    page: dict[str, Any] = {"kind": kind, "user": user, "entity": ticket.entity}
    if request.method != "POST":
        form = NewPassword(document_number=user.document_number)
        return render_template("accounts/choose_password.html", form=form, errors={}, **page)
    form = NewPassword(request.form, document_number=user.document_number)
    if not form.validate():
        shown = render_template(
            "accounts/choose_password.html", form=form, errors=errors_of(form), **page
        )
        return shown, 422
    session.commit()  # nothing stays locked while the password is hashed
    secret = passwords.hashed(form.new_password.data)
    tickets.spend(session, ticket)
    set_password(session, user, secret)
    answer = waiting.come_in(session, user, url_for("public.home"))
    flash("Guardamos tu contraseña. Con ella y tu documento ingresas desde ahora.", "success")
    return answer


def set_password(session: Session, user: User, secret: str) -> None:
    """Store the hash; end the sign-ins that used the old password; open a suspended account."""
    if suspension.lift(session, user, user.id):
        notices.on_arrival(session, user, user.id)
    user.password_hash = secret
    signed_in.end_all(session, user, user.id, but=signed_in.current())
    audit_log.write(session, "person.password_set", actor_id=user.id, person_id=user.id)


def expired(ticket: Ticket, token: str) -> tuple[str, int]:
    """Show that the link is no longer valid, and what to do instead."""
    page = render_template(
        "accounts/expired_link.html",
        kind=ticket.kind,
        used=ticket.used_at is not None,
        token=token,
        has_password=bool(ticket.user and ticket.user.password_hash),
        active=bool(ticket.user and ticket.user.may_reopen),
    )
    return page, 410


@pages.post("/invitacion/<token>/nueva")
def renew_invitation(token: str) -> Answer:
    """Send a new invitation to the account's address, for the holder of an old one."""
    session = db.session()
    ticket = tickets.find(session, "invitation", token)
    if ticket is None or ticket.user is None:
        abort(404)
    user = ticket.user
    attempts.admit(session, "mail", f"user {user.id}")
    if user.may_reopen and not user.password_hash:
        invite(session, user, entity=ticket.entity)
        session.commit()
    return render_template("accounts/sent.html", title="Revisa tu correo", invitation=True)


@pages.route("/clave", methods=["GET", "POST"])
def forgotten() -> Answer:
    """Take a document number; the answer is the same whether or not the account exists."""
    if request.method != "POST":
        return render_template("accounts/forgotten.html", form=Document(), errors={})
    form = Document(request.form)
    if not form.validate():
        page = render_template("accounts/forgotten.html", form=form, errors=errors_of(form))
        return page, 422
    session = db.session()
    kind, number = form.document_type.data, form.document_number.data
    attempts.admit(session, "mail", f"{kind} {number}")
    user = find_person(session, kind, number)
    if user is not None and user.may_reopen:
        send_link(session, user)
    session.commit()
    return render_template("accounts/sent.html", title="Revisa tu correo", invitation=False)


def send_link(session: Session, user: User) -> None:
    """Send a link to choose a new password, or the first one, to the account's address."""
    if not user.password_hash:
        invite(session, user)
        return
    token = tickets.issue(session, "reset", user=user)
    values = {"token": token, "hours": tickets.RESET_HOURS}
    mail.post(session, mail.Letter("reset", user.email, values, user=user))


def spent() -> Response:
    """Redirect the second of two requests with the same code or link to sign in."""
    db.session().rollback()
    flash("Ese código o enlace se acaba de usar. Si fuiste tú, ingresa.", "warning")
    return redirect(url_for("accounts.sign_in"), 303)
