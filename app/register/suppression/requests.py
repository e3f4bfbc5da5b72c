"""Requests of persons about their data in a visit: received, and answered within their terms.

Nothing here commits. A refused value raises `Refused`, with the field and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Register, RightsRequest, Visit
from app.people import mail
from app.people.mail import Letter
from app.register.facts.values import Refused
from app.register.suppression import deciders, reviews, terms

#: What a person can request: value → label.
KINDS: Mapping[str, str] = {
    "information": "Saber para qué se usan mis datos",
    "access": "Conocer qué datos míos tiene la entidad",
    "rectification": "Corregir un dato",
    "suppression": "Suprimir mis datos u oponerme a que se publiquen",
}
OUTCOMES: Mapping[str, str] = {"granted": "Se atendió", "refused": "No procede"}
#: Answered requests that the list shows.
LISTED = 50
UNKNOWN = "No encontramos esa visita: revisa los diez caracteres de su código."
OF_ANOTHER = "Esa visita es de otra entidad: {name}. Cambia la entidad, o déjala vacía."
ANSWERED = "El pedido ya se respondió."


@dataclass(frozen=True)
class Wanted:
    """A request as a person writes it. `for_minor`: a parent or tutor asks for a child.

    Then nothing but the code of the visit says who the child is: `detail` is empty.
    """

    kind: str
    name: str
    email: str
    detail: str
    for_minor: bool


def register_of(visit: Visit | None, register: Register | None) -> Register:
    """Return the register that a request goes to.

    Raise Refused for a visit of another entity than the one that was named.
    """
    found = visit.register if visit else register
    if found is None:
        raise Refused("visit", "Escribe el código de la visita, o el nombre de la entidad.")
    if register is not None and register.id != found.id:
        raise Refused("visit", OF_ANOTHER.format(name=found.entity.name))
    return found


def find_visit(session: Session, code: str) -> Visit:
    """Return a visit that the public sees, or whose tombstone it sees. Raise Refused for others."""
    visit = session.scalar(select(Visit).where(Visit.code == code)) if code.isalnum() else None
    if visit is None or not (
        visit.audience == "public" or reviews.tombstone_of(session, code, "public")
    ):
        raise Refused("visit", UNKNOWN)
    return visit


def receive(
    session: Session, register: Register, visit: Visit | None, wanted: Wanted
) -> RightsRequest:
    """Store a request, start its term, and write to the entity and to the person.

    The same request that still waits is not stored twice.
    """
    db.in_turn(session, f"rights requests of {register.id}")
    there = session.scalar(
        select(RightsRequest).where(
            RightsRequest.register_id == register.id,
            RightsRequest.visit_id == (visit.id if visit else None),
            RightsRequest.kind == wanted.kind,
            RightsRequest.email == wanted.email,
            RightsRequest.state == "waiting",
        )
    )
    if there is not None:
        return there
    at, days = calendar.now(), terms.days(session, wanted.kind)
    working = calendar.calendar_of(session, register.entity)
    made = RightsRequest(
        register_id=register.id,
        visit_id=visit.id if visit else None,
        kind=wanted.kind,
        name=wanted.name,
        email=wanted.email,
        detail="" if wanted.for_minor else wanted.detail,
        for_minor=wanted.for_minor,
        received_at=at,
        term_days=days,
        due_at=working.deadline(at, days),
    )
    session.add(made)
    session.flush()
    audit_log.of_register(session, "register.rights_requested", register, None, request=made.kind)
    decider = deciders.name_of(session, register)
    values = {"request": made, "kind": KINDS[made.kind], "decider": decider}
    mail.post(session, Letter("rights_received", made.email, values, entity=register.entity))
    for user in deciders.readers(session, register):
        letter = Letter("rights_request", user.email, values, user, register.entity)
        mail.post(session, letter)
    return made


def answer(
    session: Session, request: RightsRequest, *, outcome: str, text: str, actor_id: int | None
) -> None:
    """Answer a request, and send the answer to the person. Raise Refused if it was answered."""
    request = db.locked(session, RightsRequest, request.id)
    if request.state != "waiting":
        raise Refused("", ANSWERED)
    request.state, request.answer = outcome, text
    request.answered_at, request.answered_by_id = calendar.now(), actor_id
    entity = request.register.entity
    values = {
        "request": request,
        "kind": KINDS[request.kind],
        "outcome": OUTCOMES[outcome],
        "decider": deciders.name_of(session, request.register),
    }
    mail.post(session, Letter("rights_answer", request.email, values, entity=entity))
    audit_log.of_register(
        session,
        "register.rights_answered",
        request.register,
        actor_id,
        request=request.kind,
        **deciders.noted(session, request.register, actor_id),
    )


def of_register(session: Session, register: Register) -> Sequence[RightsRequest]:
    """Return the requests that wait, the earliest due first, then those answered last."""
    of = select(RightsRequest).where(RightsRequest.register_id == register.id)
    waiting = of.where(RightsRequest.state == "waiting").order_by(RightsRequest.due_at)
    answered = of.where(RightsRequest.state != "waiting").order_by(RightsRequest.answered_at.desc())
    return [*session.scalars(waiting), *session.scalars(answered.limit(LISTED))]


def is_late(request: RightsRequest) -> bool:
    """Return whether the term to answer ended without an answer."""
    return request.state == "waiting" and calendar.now() >= request.due_at
