"""The versions of an interest act, told as those of a visit are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import InterestAct, PlannedVisit, User, Visit
from app.people import access
from app.register.interest_acts.acts import INTERESTS
from app.register.visits import history
from app.register.visits.history import Change, Difference

ACTS: Mapping[str, str] = {
    "record": "Registro del acto",
    "correction": "Corrección",
    "annulment": "Anulación",
}
#: All that the public reads of what became of an act while its visit was reserved.
WAS_RESERVED = "Su visita estuvo reservada"
DECLARED = {True: "Lo declaró el visitante", False: "El visitante no lo declaró: omisión"}


def document(act: InterestAct, full: bool) -> str:
    """The document of who acted; masked unless whole numbers may be shown."""
    if not act.document_number:
        return ""
    if full:
        return f"{act.document_type} {act.document_number}"
    return formatting.masked(act.document_type, act.document_number)


def third_ruc(act: InterestAct, full: bool) -> str:
    """The RUC of the third party; one that begins with 10 holds a DNI, and is masked like one."""
    return act.third_ruc if full else access.masked_ruc(act.third_ruc)


def holder(act: InterestAct) -> str:
    """Who decides, as the public table writes officials."""
    parts = (act.holder_name, act.holder_unit, act.holder_post)
    return " - ".join(part for part in parts if part)


def held(act: InterestAct) -> str:
    """When it was."""
    return formatting.moment(act.held_at) if act.held_at else formatting.day(act.held_on)


Say = Callable[[InterestAct, bool], str]

#: In the order of an act's page: what it is called, the columns it is made of, how it is said.
FIELDS: Sequence[tuple[str, tuple[str, ...], Say]] = (
    ("Cuándo", ("held_on", "held_at"), lambda act, _: held(act)),
    (
        "Funcionario con capacidad de decisión",
        ("holder_name", "holder_unit", "holder_post"),
        lambda act, _: holder(act),
    ),
    ("Quién gestiona", ("actor_name",), lambda act, _: act.actor_name),
    ("Documento", ("document_type", "document_number"), document),
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
    """All versions of an act, the first first."""
    found = select(InterestAct).where(InterestAct.code == act.code)
    return list(session.scalars(found.order_by(InterestAct.number)))


def changes(
    session: Session, versions: Sequence[InterestAct], *, full: bool = False
) -> list[Change]:
    """What each of the versions (in their order) did, the first first."""
    ids = {version.by_id for version in versions if version.by_id is not None}
    found = session.scalars(select(User).where(User.id.in_(ids))) if ids else ()
    people = {user.id: user.full_name for user in found}
    before: list[InterestAct | None] = [None, *versions[:-1]]
    return [
        Change(
            number=version.number,
            act=ACTS[version.act],
            at=version.recorded_at,
            by=people.get(version.by_id or 0, ""),
            reason=version.reason,
            differences=_differences(previous, version, full) if previous else (),
        )
        for previous, version in zip(before, versions, strict=True)
    ]


def public_changes(
    session: Session, versions: Sequence[InterestAct], entity: str, *, full: bool = False
) -> list[Change]:
    """The versions of a public act as everybody reads them, as `history.public_changes` tells a
    visit's: of those made while its visit was reserved, only that it was."""
    told = changes(session, versions, full=full)
    reserved = _reservations(session, versions)
    lifted = [_lifted(version, reserved) for version in versions]
    return history.as_everybody_reads(told, lifted, entity, WAS_RESERVED)


def _reservations(
    session: Session, versions: Sequence[InterestAct]
) -> list[tuple[datetime, datetime]]:
    """From when until when its visit was reserved, or the one that its planned meeting became."""
    planned = {version.planned_visit_id for version in versions}
    meetings = select(PlannedVisit.visit_id).where(PlannedVisit.id.in_(planned))
    visits = select(Visit).where(or_(Visit.id == versions[0].visit_id, Visit.id.in_(meetings)))
    return [
        (reserved[0].at, reserved[-1].at)
        for visit in session.scalars(visits)
        for reserved in history.reservations(history.versions_of(session, visit))
    ]


def _lifted(version: InterestAct, reserved: Sequence[tuple[datetime, datetime]]) -> datetime | None:
    """When the reservation ended in which a version was made; None for one that all could see."""
    return next((to for since, to in reserved if since <= version.recorded_at < to), None)


def _differences(old: InterestAct, new: InterestAct, full: bool) -> tuple[Difference, ...]:
    found = []
    for label, names, say in FIELDS:
        if all(getattr(old, name) == getattr(new, name) for name in names):
            continue
        found.append(history.difference(label, say(old, full), say(new, full)))
    return tuple(found)


def facts(session: Session, act: InterestAct, *, full: bool) -> list[dict[str, str]]:
    """What a version says, as rows of a summary; what it does not say is left out."""
    said = {label: say(act, full) for label, _, say in FIELDS}
    if act.planned_visit_id is not None:
        said["Lugar"] += f". {_outside(session, act.planned_visit_id)}"
    return [{"key": key, "value": value} for key, value in said.items() if value]


def _outside(session: Session, planned_id: int) -> str:
    """That an act was outside the premises, and since when the agenda had it."""
    row = session.get_one(PlannedVisit, planned_id)
    since = formatting.moment(row.created_at)
    return f"Fuera de los locales de la entidad: se programó en la agenda el {since}"
