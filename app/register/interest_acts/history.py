"""The history of an interest act, presented like that of a visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import InterestAct, PlannedVisit, Visit
from app.people import access
from app.register.interest_acts.acts import INTERESTS
from app.register.visits import history
from app.register.visits.history import Change, Difference

ACTS: Mapping[str, str] = {
    "record": "Registro del acto",
    "correction": "Corrección",
    "annulment": "Anulación",
}
#: The public text on the changes of an act while its visit was reserved.
WAS_RESERVED = "Su visita estuvo reservada"
DECLARED = {True: "Lo declaró el visitante", False: "El visitante no lo declaró: omisión"}


def third_ruc(act: InterestAct, full: bool) -> str:
    """Return the RUC of the third party; one that begins with 10 contains a DNI and is masked."""
    return act.third_ruc if full else access.masked_ruc(act.third_ruc)


def holder(act: InterestAct) -> str:
    """Return the decision-maker as the public table writes officials."""
    return " - ".join(filter(None, (act.holder_name, act.holder_unit, act.holder_post)))


def held(act: InterestAct) -> str:
    """Return when the act was."""
    return formatting.moment(act.held_at) if act.held_at else formatting.day(act.held_on)


Say = Callable[[InterestAct, bool], str]

#: The lines of an act, in the order of its page: label, columns, text.
FIELDS: Sequence[tuple[str, tuple[str, ...], Say]] = (
    ("Cuándo", ("held_on", "held_at"), lambda act, _: held(act)),
    (
        "Funcionario con capacidad de decisión",
        ("holder_name", "holder_unit", "holder_post"),
        lambda act, _: holder(act),
    ),
    ("Quién gestiona", ("actor_name",), lambda act, _: act.actor_name),
    (
        "Documento",
        ("document_type", "document_number"),
        lambda act, full: history.document(act.document_type, act.document_number, full),
    ),
    ("Interés", ("interest_of",), lambda act, _: INTERESTS[act.interest_of]),
    ("Tercero", ("third_name",), lambda act, _: act.third_name),
    ("RUC del tercero", ("third_ruc",), third_ruc),
    ("Decisión que se busca", ("decision_sought",), lambda act, _: act.decision_sought),
    ("Materia", ("matter",), lambda act, _: act.matter),
    ("Documentos que entregó", ("documents",), lambda act, _: act.documents),
    ("Lugar", ("place",), lambda act, _: act.place),
    ("Declaración", ("declared",), lambda act, _: DECLARED[act.declared]),
)


def versions_of(session: Session, act: InterestAct) -> list[InterestAct]:
    """Return all versions of an act, the first first."""
    found = select(InterestAct).where(InterestAct.code == act.code)
    return list(session.scalars(found.order_by(InterestAct.number)))


def changes(
    session: Session, versions: Sequence[InterestAct], *, full: bool = False
) -> list[Change]:
    """Return what each version (in their order) changed, the first first."""
    differences = partial(_differences, full=full)
    return history.changes_of(session, versions, ACTS, attrgetter("recorded_at"), differences)


def public_changes(
    session: Session, versions: Sequence[InterestAct], entity: str, *, full: bool = False
) -> list[Change]:
    """Return the versions of a public act as everyone reads them, as `history.public_changes` does
    for a visit: of those made while its visit was reserved, only that it was reserved."""
    all_changes = changes(session, versions, full=full)
    reserved = _reservations(session, versions)
    # When the reservation ended in which a version was made; None for a public version.
    lifted = [
        next((to for since, to in reserved if since <= version.recorded_at < to), None)
        for version in versions
    ]
    return history.for_the_public(all_changes, lifted, entity, WAS_RESERVED)


def _reservations(
    session: Session, versions: Sequence[InterestAct]
) -> list[tuple[datetime, datetime]]:
    """Return the periods in which its visit, or its planned meeting's visit, was reserved."""
    planned = {version.planned_visit_id for version in versions}
    meetings = select(PlannedVisit.visit_id).where(PlannedVisit.id.in_(planned))
    visits = select(Visit).where(or_(Visit.id == versions[0].visit_id, Visit.id.in_(meetings)))
    return [
        (reserved[0].at, reserved[-1].at)
        for visit in session.scalars(visits)
        for reserved in history.reservations(history.versions_of(session, visit))
    ]


def _differences(old: InterestAct, new: InterestAct, full: bool) -> tuple[Difference, ...]:
    return tuple(
        history.difference(label, say(old, full), say(new, full))
        for label, names, say in FIELDS
        if any(getattr(old, name) != getattr(new, name) for name in names)
    )


def facts(session: Session, act: InterestAct, *, full: bool) -> list[tuple[str, str]]:
    """Return the values of a version as rows of a summary, without empty ones."""
    said = {label: say(act, full) for label, _, say in FIELDS}
    if act.planned_visit_id is not None:
        said["Lugar"] += f". {_outside(session, act.planned_visit_id)}"
    return [(key, value) for key, value in said.items() if value]


def _outside(session: Session, planned_id: int) -> str:
    """Return the text about an act outside the premises, with the day of its planning."""
    row = session.get_one(PlannedVisit, planned_id)
    since = formatting.moment(row.created_at)
    return f"Fuera de los locales de la entidad: se programó en la agenda el {since}"
