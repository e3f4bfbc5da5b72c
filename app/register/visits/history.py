"""The history of a visit: who did what, when and why, and what each version changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import InterestAct, User, Visit, VisitVersion
from app.people import access
from app.register.facts.declared import DECLARED, DEFAULTS, SUBJECT
from app.register.facts.fact import Fact
from app.register.facts.values import SOURCES

ACTS: Mapping[str, str] = {
    "entry": "Registro del ingreso",
    "exit": "Registro de la salida",
    "exit_unknown": "Salida no registrada",
    "correction": "Corrección",
    "annulment": "Anulación",
    "reservation": "Reserva",
    "review": "Se ocultó mientras se decide sobre sus datos",
    "review_ended": "Se decidió mostrarla otra vez",
    "suppression": "Se suprimieron datos personales",
    "import": "Importación",
    "interest": "Se le adjuntó un acto de gestión de intereses",
    "interest_withdrawn": "Se anuló su acto de gestión de intereses",
}
#: The public text on a reservation, from its first version to the one that lifted it.
WAS_RESERVED = "Estuvo reservada"
AUDIENCES: Mapping[str, str] = {"public": "pública", "demo": "del ambiente demo"}
#: Acts whose name says all that they changed.
SELF_EXPLAINING = frozenset({"review", "review_ended", "suppression"})
EXITS: Mapping[str, str] = {"inside": "sin registrar todavía", "unknown": "no registrada"}

Said = Mapping[str, Any]
Version = TypeVar("Version", bound=VisitVersion | InterestAct)


@dataclass(frozen=True)
class Difference:
    """A change by a version: the field's name on screen, the old text and the new text."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """A version as a history shows it. `by` is its author, "" for the system; `reason` may be "".

    `differences` are the differences from the previous version; the first version has none.
    """

    number: int
    act: str
    at: datetime
    by: str
    reason: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class _Field:
    label: str
    names: tuple[str, ...]
    say: Callable[[Said, bool], str]


def versions_of(session: Session, visit: Visit) -> list[VisitVersion]:
    """Return all versions of a visit, the first first."""
    found = select(VisitVersion).where(VisitVersion.visit_id == visit.id)
    return list(session.scalars(found.order_by(VisitVersion.number)))


def changes(
    session: Session, versions: Sequence[VisitVersion], *, full: bool = False
) -> list[Change]:
    """Return the changes by each of the versions, in their order.

    `full`: with whole document numbers, for users who may see them; otherwise masked. Suppressed
    facts are left out.
    """
    differences = partial(_differences, full=full)
    return changes_of(session, versions, ACTS, attrgetter("at"), differences)


def changes_of(
    session: Session,
    versions: Sequence[Version],
    acts: Mapping[str, str],
    moment: Callable[[Version], datetime],
    differences: Callable[[Version, Version], tuple[Difference, ...]],
) -> list[Change]:
    """Return the changes by each version; `acts`: the names of acts in a history."""
    ids = {version.by_id for version in versions if version.by_id is not None}
    users = session.scalars(select(User).where(User.id.in_(ids))) if ids else ()
    people = {user.id: user.full_name for user in users}
    before: list[Version | None] = [None, *versions[:-1]]
    return [
        Change(
            number=version.number,
            act=acts.get(version.act, version.act),
            at=moment(version),
            by=people.get(version.by_id or 0, ""),
            reason=version.reason,
            differences=differences(previous, version) if previous else (),
        )
        for previous, version in zip(before, versions, strict=True)
    ]


def public_changes(
    session: Session, versions: Sequence[VisitVersion], entity: str, *, full: bool = False
) -> list[Change]:
    """Return the versions of a public visit as everyone reads them: by its entity, never by its
    user.

    For a lifted reservation the public reads only that there was one, without its norm, the reason
    for its end, and the visit's values meanwhile.
    """
    all_changes = changes(session, versions, full=full)
    of = {one.id: those[-1].at for those in reservations(versions) for one in those}
    return for_the_public(all_changes, [of.get(one.id) for one in versions], entity, WAS_RESERVED)


def reservations(versions: Iterable[VisitVersion]) -> list[list[VisitVersion]]:
    """Return each reservation's versions, from its first to the one that lifted it.

    A visit that is only hidden while its entity decides about its data is not reserved.
    """
    found: list[list[VisitVersion]] = []
    hidden = False
    for version in versions:
        was_hidden, hidden = hidden, _said(version)["audience"] == "reserved"
        if hidden and not was_hidden:
            found.append([])
        if hidden or was_hidden:
            found[-1].append(version)
    return [versions for versions in found if versions[0].act != "review"]


def for_the_public(
    all_changes: Sequence[Change], lifted: Sequence[datetime | None], entity: str, was_reserved: str
) -> list[Change]:
    """Return changes made by the entity, never by its user; of a reservation only that there was
    one.

    `lifted`: when the reservation ended in which a change was made, None for any other change.
    """
    found: list[Change] = []
    for moment, together in groupby(zip(lifted, all_changes, strict=True), key=itemgetter(0)):
        public = [replace(change, by=entity if change.by else "") for _, change in together]
        if moment is not None:
            public = [replace(public[-1], act=was_reserved, at=moment, reason="", differences=())]
        found += public
    return found


def first_at(session: Session, visit: Visit) -> datetime:
    """Return the moment of a visit's first version."""
    query = select(VisitVersion.at).where(
        VisitVersion.visit_id == visit.id, VisitVersion.number == 1
    )
    return session.scalars(query).one()


def registered(visit: Visit, first_at: datetime) -> str:
    """Return when a visit was registered, as far as its source says; no hour is invented.

    `first_at`: the moment of its first version, which for an imported one is the import's.
    """
    if visit.source == "zaguan":
        return formatting.moment(visit.recorded_at)
    if visit.recorded_at == first_at:
        return "Su fuente no lo dice"
    is_day = visit.recorded_at == calendar.midnight(calendar.lima_day(visit.recorded_at))
    said = formatting.day(visit.recorded_at) if is_day else formatting.moment(visit.recorded_at)
    return f"{said} (según su fuente)"


def source_of(visit: Visit) -> str:
    """Return where a visit comes from, in words, with the cut-off of an imported export."""
    if visit.cut_off_on is None:
        return SOURCES.get(visit.source, visit.source)
    return f"Importado de la plataforma oficial, corte al {formatting.day(visit.cut_off_on)}"


#: Facts that a version no longer has once they are suppressed.
SUPPRESSIBLE = frozenset(SUBJECT)
#: Facts that are shown with a part hidden.
MASKED = frozenset(fact.name for fact in DECLARED if fact.masked)


def _differences(
    previous: VisitVersion, version: VisitVersion, full: bool
) -> tuple[Difference, ...]:
    if version.act in SELF_EXPLAINING:
        return ()
    old, new = _said(previous), _said(version)
    suppressed = not (previous.subject and version.subject)
    found = []
    for field in FIELDS:
        if suppressed and not SUPPRESSIBLE.isdisjoint(field.names):
            continue
        if all(old[name] == new[name] for name in field.names):
            continue
        was, now = field.say(old, full), field.say(new, full)
        if was == now and not MASKED.intersection(field.names):
            continue  # a moment within the same minute
        found.append(difference(field.label, was, now))
    return tuple(found)


def difference(label: str, old: str, new: str) -> Difference:
    """Return the difference of a changed field. Where both texts are alike, a mask hides it."""
    if old == new:
        new = f"{new} (otro número)"
    return Difference(label, old or "sin dato", new or "sin dato")


def _said(version: VisitVersion) -> Said:
    """Return all facts of a version; facts newer than the version have their default."""
    return {**DEFAULTS, **version.facts, **(version.subject.data if version.subject else {})}


def _alone(fact: Fact) -> Callable[[Said, bool], str]:
    return lambda said, _: fact.text_of(said[fact.name])


def document(kind: str, number: str, full: bool) -> str:
    """Return a document, masked unless whole numbers may be shown; "" without a number."""
    if not number:
        return ""
    return f"{kind} {number}" if full else formatting.masked(kind, number)


def _ruc(said: Said, full: bool) -> str:
    ruc = str(said["visitor_entity_ruc"])
    return ruc if full else access.masked_ruc(ruc)


def _official(said: Said, _: bool) -> str:
    names = ("official_name", "official_unit", "official_post")
    return " - ".join(said[name] for name in names if said[name])


def _exit(said: Said, _: bool) -> str:
    return formatting.moment(said["exit_at"]) or EXITS[said["exit_state"]]


def _entry(said: Said, _: bool) -> str:
    return formatting.moment(said["entry_at"]) or formatting.day(said["visit_on"])


#: Lines of several facts, or with a special text: label → text of a version.
LINES: Mapping[str, Callable[[Said, bool], str]] = {
    "Quién la ve": lambda said, _: AUDIENCES.get(said["audience"], "reservada"),
    "Ingreso": _entry,
    "Salida": _exit,
    "Documento": lambda said, full: document(said["document_type"], said["document_number"], full),
    "RUC de la entidad": _ruc,
    "Funcionario visitado": _official,
}


def _fields() -> Iterator[_Field]:
    """Yield the lines of a history, in the order of a visit's page."""
    for label in dict.fromkeys(fact.label for fact in DECLARED if fact.label):
        facts = [fact for fact in DECLARED if fact.label == label]
        say = LINES[label] if label in LINES else _alone(*facts)
        yield _Field(label, tuple(fact.name for fact in facts), say)


FIELDS = tuple(_fields())
