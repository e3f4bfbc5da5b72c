"""Whether a case can move to another version, and what that changes for it.

`workflows.migration` judges the state; here are the reasons of the application: what stands still
does not move, and where a case continues, what the step needs must exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.definitions import definition_of
from app.base.models import Deployment, Incident, ProcessInstance, Task
from app.cases.processes.migrating import needs
from app.cases.processes.migrating.dates import CaseDates
from app.cases.processes.migrating.names import shown_name
from app.cases.processes.migrating.terms import NewTerm, new_term
from workflows import migration
from workflows.definition import Definition

ENDED = "El proceso ya terminó"
THERE = "Ya está en esa versión"
SUSPENDED = "El proceso está suspendido"
FAILED = "Hay una falla del sistema por resolver"
STANDS_STILL = "Sus plazos están detenidos por una nueva designación"
DUE = "Venció un plazo y el sistema todavía no continuó el proceso"
WAITS = "El sistema todavía tiene algo que hacer: {name}"
DAMAGED = "Lo guardado de este proceso no se puede leer"
#: The reasons of `workflows.migration` for which a case cannot move, in Spanish.
REASONS: Mapping[str, str] = {
    "it has begun, and the version does not have it": "Ya empezó, y la versión no lo tiene: {name}",
    "the version does not have it": "La versión no lo tiene: {name}",
    "the answer is not one of the options": "No puede seguir donde se decidió",
}
OTHER = "Su posición no existe en la versión"
ALSO = "La versión tiene a la vez otro paso antes de continuar"


@dataclass(frozen=True)
class CaseChange:
    """A change for one case: of the kinds of `workflows.migration.Change`, and

    - term: the last day of an open step (`before`, `after`: days, ISO 8601).
    """

    kind: str
    element: str
    process: str
    name: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Gone:
    """A step or a wait at which a case stands, and that the version lacks.

    `options`: the steps and waits at which the case could continue instead, and LEAVE if it could
    go on with the rest alone.
    """

    element: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class CaseVerdict:
    """Whether a case can move: see `workflows.migration.Verdict`. `reason` is in Spanish.

    `gone`: what must be decided first, if it is undecided.
    `state`: the new state, without the dates of steps whose term changes: they are in `terms`.
    """

    kind: migration.VerdictKind
    reason: str = ""
    element: str = ""
    changes: tuple[CaseChange, ...] = ()
    gone: tuple[Gone, ...] = ()
    state: bytes | None = None
    terms: tuple[NewTerm, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of a case besides its row: its open tasks, and whether a task failed."""

    tasks: Sequence[Task] = ()
    has_failed: bool = False


def judge_cases(
    session: Session,
    rows: Sequence[ProcessInstance],
    new: Deployment,
    places: Mapping[str, str],
) -> list[CaseVerdict]:
    """Judge cases, in their order. Only reads: two statements for all, and a few for questions.

    The rows have their state, entity and deployment loaded. `places`: see `judge_case`.
    """
    known = read_known(session, [row.id for row in rows])
    return [judge_case(session, row, new, places, known[row.id]) for row in rows]


def read_known(session: Session, ids: Collection[int], *, fresh: bool = False) -> dict[int, Known]:
    """Read what judging needs of cases, by their ids. `fresh`: also where it was read before."""
    tasks: dict[int, list[Task]] = defaultdict(list)
    query = select(Task).where(among(Task.instance_id, ids), Task.state == "open")
    query = query.execution_options(populate_existing=fresh)
    for task in session.scalars(query.order_by(Task.opened_at, Task.id)):
        tasks[task.instance_id].append(task)
    failed = set(
        session.scalars(
            select(Incident.instance_id).where(
                among(Incident.instance_id, ids), Incident.resolved_at.is_(None)
            )
        )
    )
    return {key: Known(tuple(tasks[key]), key in failed) for key in ids}


def judge_case(
    session: Session,
    row: ProcessInstance,
    new: Deployment,
    places: Mapping[str, str],
    known: Known,
) -> CaseVerdict:
    """Return whether a case can move to a version, as of now. Only reads.

    `places`: a step or a wait that the version lacks → the one at which cases continue, or LEAVE,
    or STAY.
    """
    now = calendar.now()
    if row.ended_at is not None:
        return CaseVerdict("cannot", ENDED)
    if row.deployment_id == new.id:
        return CaseVerdict("stays", THERE)
    if reason := _waits(row, known, now):
        return CaseVerdict("not_yet", reason)
    old, version = definition_of(row.deployment), definition_of(new)
    terms = _terms(session, row, known.tasks, old, version, now)
    dates = CaseDates(session, row, version, {one.task.step: one for one in terms}, now)
    found = migration.judge(row.state, old, version, migration.Choices(dates))
    answers = {one.id: _answer(one, places) for one in found.questions}
    if migration.STAY in answers.values():
        return CaseVerdict("stays")
    if answers and all(answers.values()):
        choices = migration.Choices(dates, answers)
        found = migration.judge(row.state, old, version, choices)
    return _judged(session, row, found, terms, version)


def _answer(question: migration.Question, places: Mapping[str, str]) -> str:
    """Return the answer to a question by what was decided of each lost element; "" for none."""
    chosen = {places.get(element, "") for element in question.lost}
    if migration.STAY in chosen:
        return migration.STAY
    if not chosen or "" in chosen:
        return ""
    there = chosen - {migration.LEAVE}
    fits = (one.id for one in question.options if set(one.elements) == there)
    return next(fits, "+".join(sorted(there)) or migration.LEAVE)


def _waits(row: ProcessInstance, known: Known, now: datetime) -> str:
    """Return why a case cannot move now but later; "" if nothing prevents it."""
    if row.status == "suspended":
        return SUSPENDED
    if known.has_failed:
        return FAILED
    if any(task.paused_days is not None for task in known.tasks):
        return STANDS_STILL
    return DUE if row.wake_at is not None and row.wake_at <= now else ""


def _terms(
    session: Session,
    row: ProcessInstance,
    tasks: Iterable[Task],
    old: Definition,
    new: Definition,
    now: datetime,
) -> tuple[NewTerm, ...]:
    working = calendar.calendar_of(session, row.entity)
    drawn = [task for task in tasks if task.step in new.user_tasks]
    return tuple(new_term(task, old, new, working, now) for task in drawn)


def _judged(
    session: Session,
    row: ProcessInstance,
    found: migration.Verdict,
    terms: tuple[NewTerm, ...],
    new: Definition,
) -> CaseVerdict:
    """Return the verdict of the engine's state with what the application adds."""
    element = found.element
    if found.kind == "not_yet":
        name = _name(row, new, element)
        return CaseVerdict("not_yet", WAITS.format(name=name), element)
    if found.kind == "cannot":
        return CaseVerdict("cannot", _reason(row, new, found), element)
    if found.kind == "undecided":
        if any(not one.lost for one in found.questions):
            return CaseVerdict("cannot", ALSO)
        gone = (one for question in found.questions for one in _gone(session, row, question, new))
        return CaseVerdict("undecided", gone=tuple(gone))
    if found.kind == "stays":
        return CaseVerdict("stays")
    for change in found.changes:
        lacks = change.kind == "continues" and needs.lacking(session, row, change.element, new)
        if lacks:
            return CaseVerdict("cannot", lacks, change.element)
    left = {change.element for change in found.changes if change.kind == "left"}
    terms = tuple(one for one in terms if one.task.step not in left)
    changes = [_as_shown(one, row, new) for one in found.changes]
    changes += [_moved(one, new) for one in terms if one.moves]
    kind: migration.VerdictKind = "changes" if changes else "passes"
    return CaseVerdict(kind, changes=tuple(changes), state=found.state, terms=terms)


def _as_shown(change: migration.Change, row: ProcessInstance, new: Definition) -> CaseChange:
    """Return a change of the case; a gateway without a name is called by where it is."""
    has_name = change.name not in ("", change.element)
    name = change.name if has_name else _name(row, new, change.element)
    return CaseChange(**{**vars(change), "name": name})


def _moved(term: NewTerm, new: Definition) -> CaseChange:
    step = term.task.step
    days = [
        calendar.last_day(at).isoformat() if at else "" for at in (term.task.due_at, term.due_at)
    ]
    return CaseChange("term", step, new.process_of(step), new.element_name(step), *days)


def _gone(
    session: Session, row: ProcessInstance, question: migration.Question, new: Definition
) -> Iterator[Gone]:
    """Yield what a running process has lost, with what can be in the place of each.

    An option whose step lacks what it needs is left out, as one with more steps than were lost.
    """
    options: dict[str, None] = {}
    for option in question.options:
        lacks = any(needs.lacking(session, row, one, new) for one in option.elements)
        if not lacks and len(option.elements) <= len(question.lost):
            options |= dict.fromkeys(option.elements)
            if len(option.elements) < len(question.lost):
                options[migration.LEAVE] = None
    yield from (Gone(element, tuple(options)) for element in question.lost)


def _reason(row: ProcessInstance, new: Definition, found: migration.Verdict) -> str:
    if not found.element and found.reason not in REASONS:
        return DAMAGED
    name = _name(row, new, found.element)
    return REASONS.get(found.reason, f"{OTHER}: {{name}}").format(name=name)


def _name(row: ProcessInstance, new: Definition, element: str) -> str:
    """Return the name of an element in the version or, if it is not drawn there, in the case's."""
    drawn = new if element in new.elements else definition_of(row.deployment)
    return shown_name(drawn, element)
