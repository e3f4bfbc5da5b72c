"""Every entity and where it stands: the source of all figures of the programme.

The newest onboarding of an entity counts, as in the list of entities. An entity is at one place:
it has not begun, is in a stage, or its path ended in one of three ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.db.membership import among
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, ProcessInstance
from app.cases import custody
from app.cases.custody import CaseCache, Clocks, Counted, Revision
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import STAGES

#: Places outside the stages: values of the filter `etapa` of the list.
NOT_BEGUN, DONE, OUT_OF_SCOPE, CANCELLED = "sin-iniciar", "terminado", "no-corresponde", "anulado"
#: All places, in the order of the path.
PLACES = (NOT_BEGUN, *STAGES, DONE, OUT_OF_SCOPE, CANCELLED)
#: In `Path.days`: the working days of all parties.
TOTAL = ""


class Finish(NamedTuple):
    """A stage that a path completed itself (not validated)."""

    stage: str
    #: The day (Lima) on which the path left it for good.
    on: date
    #: Party (of `custody.PARTIES`) → working days in the stage; parties without a day are left out.
    days: Mapping[str, int]

    @property
    def total(self) -> int:
        """The working days in the stage."""
        return sum(self.days.values())


@dataclass(frozen=True, slots=True)
class Path:
    """An onboarding, as figures need it."""

    id: int
    #: One of PLACES; "" under way outside every stage.
    place: str
    #: The stages that were validated from outside.
    validated: tuple[str, ...]
    #: The stages that it completed itself, in order. None if it was cancelled or does not apply.
    finishes: tuple[Finish, ...]
    #: When it came to its regular end (Lima).
    done_on: date | None
    #: `finishes` for counting: (stage, party or TOTAL, days), and (Monday of the week, stage).
    days: tuple[tuple[str, str, int], ...]
    weeks: tuple[tuple[date, str], ...]
    #: The party that holds it (of `custody.PARTY_NAMES`); "" after the end.
    holder: str
    has_ended: bool
    #: The day (Lima) on which it began, and its planned end (see `programme.months`).
    started_on: date
    planned_on: date


class Member(NamedTuple):
    """An active entity of the catalogue."""

    id: int
    code: str
    level: str
    region: str
    sector: str
    sip: int | None
    sgtd: int | None
    path: Path | None

    @property
    def place(self) -> str:
        """One of PLACES; "" under way outside every stage."""
        return self.path.place if self.path else NOT_BEGUN


class Row(NamedTuple):
    """The columns of an onboarding that make its path."""

    id: int
    revision: int
    status: str
    stage: str
    holder: str
    holder_since_at: datetime | None
    validated: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    end_name: str


# Columns of tables: of those of mapped classes, the object-relational mapper makes each row anew.
_entity, _instance = Entity.__table__.c, ProcessInstance.__table__.c

ENTITIES = select(
    _entity.id,
    _entity.code,
    _entity.level,
    _entity.department,
    _entity.sector,
    _entity.sip_coordinator_id,
    _entity.sgtd_coordinator_id,
).where(_entity.active)

#: Onboardings that count, the newest of an entity last. Finding the newest takes a database longer
#: than reading the few others.
ONBOARDINGS = (
    select(_instance.entity_id, _instance.id, _instance.revision)
    .where(_instance.process == "onboarding")
    .order_by(_instance.id)
)

ROWS = select(*(getattr(ProcessInstance, name) for name in Row._fields))

#: A path has the days of stages that are behind: no day adds to them.
_CACHE: CaseCache[Path] = CaseCache(grows_daily=False)


#: An active entity (a row of ENTITIES), the path it is on, and its calendar.
Case = tuple[Any, Revision | None, Calendar]


def cases(session: Session) -> list[Case]:
    """Return active entities (rows of ENTITIES) with their path (id, revision) and calendar."""
    working = calendar.calendars(session)
    newest = {entity: Revision(*one) for entity, *one in session.execute(ONBOARDINGS).all()}
    return [
        (row, newest.get(row[0]), working.at(row[3], row[1]))
        for row in session.execute(ENTITIES).all()
    ]


def members(session: Session, every: Sequence[Case] | None = None) -> list[Member]:
    """Return all active entities with their paths. Two statements, or none if `every` is given.

    Two more read the paths that this process does not have in their current revision.
    """
    found = cases(session) if every is None else every
    paths = paths_of(session, [(known, working) for _, known, working in found if known])
    return [Member._make((*row, paths[known.id] if known else None)) for row, known, _ in found]


def extinct(session: Session) -> int:
    """Count the entities that a norm ended; no other figure counts them."""
    query = select(func.count()).select_from(Entity).where(situation.is_extinct())
    return session.scalar(query) or 0


def paths_of(session: Session, known: Iterable[tuple[Revision, Calendar]]) -> dict[int, Path]:
    """Return the current paths of these onboardings, by id."""
    now = calendar.now()

    def count(missing: Sequence[tuple[Revision, Calendar]]) -> dict[int, Counted[Path]]:
        working = {case.id: its_calendar for case, its_calendar in missing}
        found = session.execute(ROWS.where(among(ProcessInstance.id, working)))
        rows = [Row(*row) for row in found]
        clocks = custody.clocks_by(session, [(row, working[row.id]) for row in rows], now)
        given = days_given(session)
        return {
            row.id: Counted(path_of(row, clocks[row.id], planned_on(row, working[row.id], given)))
            for row in rows
        }

    return _CACHE.of(session, known, now, count)


def days_given(session: Session) -> dict[str, int]:
    """Return stage → the working days after which the diagrams in force call it overdue."""
    timers = definition_of(in_force(session)).counting_timers
    return {stage: timers.get(f"{stage}_overdue", 0) for stage in STAGES}


def planned_on(row: Row, working: Calendar, given: Mapping[str, int]) -> date:
    """Return the day of the planned end: the start, and the days of each stage not validated."""
    days = sum(count for stage, count in given.items() if stage not in row.validated)
    return working.add(calendar.lima_day(row.started_at), days)


def path_of(row: Row, clocks: Clocks, planned: date) -> Path:
    """Return the path of an onboarding with its planned end."""
    place, none = place_of(row), dict[str, int]()
    finishes = tuple(
        Finish(stage, on, clocks.stages.get(stage, none))
        for stage, on in left_on(row, clocks).items()
    )
    return Path(
        row.id,
        place,
        tuple(stage for stage in STAGES if stage in row.validated),
        finishes,
        calendar.lima_day(row.ended_at) if place == DONE and row.ended_at else None,
        tuple(
            (one.stage, party, days)
            for one in finishes
            for party, days in ((TOTAL, one.total), *one.days.items())
        ),
        tuple((monday_of(one.on), one.stage) for one in finishes),
        "" if row.ended_at else row.holder,
        row.ended_at is not None,
        calendar.lima_day(row.started_at),
        planned,
    )


def place_of(row: Row) -> str:
    """Return where an onboarding stands: one of PLACES, or ""."""
    if row.ended_at is None:
        return row.stage
    if row.status == "cancelled":
        return CANCELLED
    return OUT_OF_SCOPE if row.end_name == "No corresponde" else DONE


def left_on(row: Row, clocks: Clocks) -> dict[str, date]:
    """Return completed stages → the day (Lima) on which the onboarding left each for good.

    That is the last day on which the case was in the stage, or in an earlier one.
    """
    place = place_of(row)
    behind = STAGES if place == DONE else ()
    if place in STAGES:
        behind = STAGES[: STAGES.index(place)]
    latest, found = calendar.lima_day(row.started_at), {}
    for stage in behind:
        latest = max(latest, clocks.until.get(stage, latest))
        if stage not in row.validated:
            found[stage] = latest
    return found


def monday_of(day: date) -> date:
    """Return the Monday of the week of a day (ISO)."""
    return day - timedelta(days=day.weekday())
