"""Coming in and leaving: sign-in, sign-out, and the activation of an entity."""

from __future__ import annotations

import math

import flask
from flask import flash, redirect, render_template, request, url_for
from flask_login import logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, db, formatting
from app.base.models import Entity, Ticket, User
from app.people import access, notices
from app.people.access import find_person, grant, invite, local_path, me, tickets
from app.people.access.invitations import create, holds_elsewhere
from app.people.access.rules import has_left
from app.people.accounts import attempts, guesses, passwords, signed_in
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import waiting
from app.people.accounts.forms import Activation, Codes, SignIn, errors_of
from forms.fields import add_error
from forms.fields.people import person_of
from forms.fields.rules import has_control

Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]


@pages.route("/ingresar", methods=["GET", "POST"])
def sign_in() -> Answer:
    """Sign in with document and password; the error is the same, whatever is wrong."""
    wanted = local_path(request.values.get("siguiente"))
    if me() is not None:
        return redirect(wanted, 303)
    if request.method != "POST":
        return render_template("accounts/sign_in.html", form=SignIn(), errors={}, wanted=wanted)
    form = SignIn(request.form)
    if form.validate():
        session = db.session()
        subject = f"{form.document_type.data} {form.document_number.data}"
        user = guesses.try_password(session, subject, form.password.data)
        if user is not None and not has_left(user):
            return waiting.come_in(session, user, wanted)
        add_error(
            form.document_number,
            "El documento o la contraseña no son correctos. Revisa ambos y vuelve a intentar."
            if user is None
            else "Ya no tienes ninguna función en Zaguán. Si tu entidad recibió un código, "
            "escríbelo en «Activa tu entidad» con tu contraseña de siempre.",
        )
    page = render_template(
        "accounts/sign_in.html", form=form, errors=errors_of(form), wanted=wanted
    )
    return page, 422


@pages.post("/salir")
def sign_out() -> Response:
    """End this browser's sign-in."""
    row = signed_in.current()
    if row is not None:
        session = db.session()
        signed_in.end(session, row)
        session.commit()
    logout_user()
    flask.session.pop(waiting.KEY, None)
    return redirect(url_for("accounts.sign_in"), 303)


@pages.route("/activar", methods=["GET", "POST"])
def activate() -> Answer:
    """Accept an entity's code; its bearer becomes the entity's preparer, and is signed in."""
    user = me()
    kind = Activation if user is None else Codes
    if request.method != "POST":
        requested = request.args.get("entidad", "")[:20]
        return activation_page(kind(data={"entity_code": requested.upper()}))
    form = kind(request.form)
    if not form.validate():
        return activation_page(form), 422
    session = db.session()
    try:
        ticket = try_codes(session, form)
        person = bearer(session, form, ticket, user) if ticket else None
    except attempts.TooManyTries as fault:
        # Nothing that was typed is lost, but the password.
        minutes = formatting.plural(math.ceil(fault.seconds / 60), "minuto", "minutos")
        add_error(
            form.activation_code,
            f"Hubo demasiados intentos seguidos. Espera {minutes} e inténtalo otra vez.",
        )
        return activation_page(form), 429, {"Retry-After": str(fault.seconds)}
    if person is not None and ticket is not None and not access.may_prepare(person, ticket.entity):
        add_error(
            form.activation_code,
            "Esta cuenta es de la PCM, que revisa lo que las entidades presentan: no puede "
            "prepararlo. Entrega los códigos a la gente de la entidad.",
        )
        return activation_page(form), 422
    if ticket is None or person is None:
        return activation_page(form), 422
    return let_in(session, ticket, person)


def try_codes(session: Session, form: Codes) -> Ticket | None:
    """Return the ticket of the two typed codes, if they are valid: then it was no guess, and
    does not count. Commits the counting of the try; raises TooManyTries.
    """
    code = tickets.typed_code(form.activation_code.data)
    tries = attempts.admit(session, "activation", code)
    ticket = good_ticket(session, form)
    if ticket is not None:
        attempts.forgive(session, "activation", code, tries)
        session.commit()
    return ticket


def activation_page(form: Codes) -> str:
    """Return the form, with the name of the entity of the typed code."""
    code = (form.entity_code.data or "").strip().upper()
    wanted = select(Entity).where(Entity.code == code, Entity.active)
    entity = None if has_control(code) else db.session().scalar(wanted)
    return render_template(
        "accounts/activate.html", form=form, errors=errors_of(form), entity=entity
    )


def good_ticket(session: Session, form: Codes) -> Ticket | None:
    """Return the ticket of the two typed codes; add an error to the form if there is none."""
    ticket = tickets.find(session, "activation", form.activation_code.data)
    entity = ticket.entity if ticket else None
    if ticket is None or entity is None or entity.code != form.entity_code.data.upper():
        fault = "El código de activación no corresponde a esa entidad. Revisa los dos códigos."
    elif tickets.is_good(ticket):
        return ticket
    else:
        fault = closed(ticket)
    add_error(form.activation_code, fault)
    return None


def closed(ticket: Ticket) -> str:
    """Return why a code is not valid any more, and what to do."""
    if ticket.used_at is not None:
        return (
            f"Este código ya se usó, el {formatting.day(ticket.used_at)}. Si no fue alguien de tu "
            "entidad, pide otro a la mesa de ayuda."
        )
    if tickets.waits(ticket):
        return (
            f"Este código vale desde el {formatting.weekday(ticket.valid_from_at)}, el primer día "
            "hábil. Guárdalo y vuelve a escribirlo ese día: hasta entonces no se pierde."
        )
    if ticket.void and ticket.valid_from_at is not None:
        return (
            "Este código ya no vale: el cambio de autoridad para el que se emitió terminó, o hay "
            "un código más reciente. Si tu entidad recibió otro, usa ese; si no, escribe a la mesa "
            "de ayuda."
        )
    if ticket.void:
        return (
            "Este código ya no vale: hay uno más reciente. Usa el del último correo o la última "
            "carta que recibió tu entidad."
        )
    return (
        f"Este código venció el {formatting.day(ticket.expires_at)}. Pide otro a la mesa de ayuda."
    )


def bearer(session: Session, form: Codes, ticket: Ticket, signed: User | None) -> User | None:
    """Return the person who brings the code: signed in, known by their password, or new.

    Marks the form and returns None where it cannot be them.
    """
    if signed is not None:
        return signed
    data = person_of(form)
    known = find_person(session, data["document_type"], data["document_number"])
    if known is None or (known.may_sign_in and not known.password_hash):
        return newcomer(session, form, ticket, known)
    found = guesses.try_password(
        session, f"{known.document_type} {known.document_number}", form["password"].data
    )
    if found is None:
        add_error(
            form["password"],
            "Ya hay una cuenta con ese documento. Escribe la contraseña de esa cuenta. Si no la "
            "recuerdas o hace meses que no ingresas, pide antes otra en «Olvidé mi contraseña».",
        )
    return found


def newcomer(session: Session, form: Codes, ticket: Ticket, known: User | None) -> User | None:
    """Return a new account with the chosen password, or the account that waits for its first one.

    An account that holds roles elsewhere is not taken over by a person who knows its document: its
    invitation is sent again instead, to its own address.
    """
    data = person_of(form)
    if known is not None and holds_elsewhere(known, ticket.entity_id):
        invite(session, known)
        session.commit()
        add_error(
            form["document_number"],
            "Ya hay una cuenta con ese documento que falta abrir. Usa la invitación que acabamos "
            "de enviar a su correo, o escribe a la mesa de ayuda.",
        )
        return None
    fault = passwords.fault(form["password"].data, data["document_number"])
    if fault:
        add_error(form["password"], fault)
        return None
    session.commit()  # nothing stays locked while the password is hashed
    secret = passwords.hashed(form["password"].data)
    person = create(session, data) if known is None else known
    session.refresh(person, with_for_update=True)
    if person.password_hash:  # given by another request, a moment ago
        add_error(form["document_number"], "Alguien acaba de abrir una cuenta con ese documento.")
        return None
    person.password_hash = secret
    person.email = data["email"]
    return person


def let_in(session: Session, ticket: Ticket, person: User) -> Answer:
    """Spend the code, make its bearer the preparer, and sign them in.

    Raises TicketSpent (and changes nothing) where another request used the code first.
    """
    entity = ticket.entity
    if entity is None:
        raise LookupError(f"ticket {ticket.id} is of no entity")
    tickets.spend(session, ticket)
    grant(session, person, "preparer", entity, person.id)
    audit_log.write(
        session,
        "code.used",
        actor_id=person.id,
        entity_id=entity.id,
        person=person.full_name,
    )
    notices.on_arrival(session, person, person.id)
    answer = redirect(url_for("public.home"), 303)
    if me() is None:
        answer = waiting.come_in(session, person, "/")
    session.commit()
    # A code that has a first day was issued because a mandate ended.
    what = "registrar el cambio de autoridad" if ticket.valid_from_at else "preparar la designación"
    flash(f"Ya puedes {what} de {entity.name}.", "success")
    return answer
