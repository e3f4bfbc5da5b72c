"""In whose hands a case is, and the intervals of the past: the honest clocks.

A working day counts whole for whoever holds the case at its end in Lima. The interval that runs
is on the instance; closed ones are rows of `Holding`. Both are a projection of the log, which
`rebuild` makes again. Days are never stored: the calendar may change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app import calendar
from app.calendar import Calendar
from app.definitions import definition_of
from app.models import Holding, LogEntry, ProcessInstance, Task

#: Processes that stand beside the path: their tasks do not say in whose hands a case is.
BESIDE = frozenset({"follow_up", "change_authority", "upkeep", "redesignation"})
#: Steps during which the mesa de partes has the papers.
RECEPTION = frozenset({"record_reception", "record_personnel_reception"})
#: The parties whose days are told apart, in the order in which pages show them. The Despacho is
#: of the SIP, and its days are the SIP's on the clocks.
PARTIES = ("entity", "sip", "sgtd", "both", "date", "mesa_de_partes", "suspended")
PCM = ("sip", "sgtd", "secretary")
#: The element of an incident that keeps the instance as a whole from going on.
WHOLE = ""


# In whose hands -------------------------------------------------------------------------------


def holder_of(open_tasks: Sequence[tuple[str, str]], *, failed: bool = False) -> str:
    """In whose hands a case is, from its open (step, role) pairs, oldest first.

    At the mesa de partes while only a reception is open; both when the entity and the PCM each
    have a task; of two PCM parties the older task's. Where nothing is open it waits for a set
    date, unless a task of the system `failed`: that is the SGTD's, which runs it.
    """
    if not open_tasks:
        return "sgtd" if failed else "date"
    if all(step in RECEPTION for step, _ in open_tasks):
        return "mesa_de_partes"
    roles = [role for _, role in open_tasks]
    of_pcm = [role for role in roles if role in PCM]
    if not of_pcm:
        return "entity"
    return of_pcm[0] if len(of_pcm) == len(roles) else "both"


def party_of(
    open_tasks: Sequence[tuple[str, str]], incidents: Collection[str], *, suspended: bool
) -> str:
    """In whose hands a running or suspended case is; the first that applies.

    `open_tasks` as in `holder_of`, without those of BESIDE; `incidents` are the elements of what
    failed and waits, likewise. An instance that cannot go on as a whole takes no answer from
    anybody, whatever is open in it: that is the SGTD's.
    """
    if suspended:
        return "suspended"
    if WHOLE in incidents:
        return "sgtd"
    return holder_of(open_tasks, failed=bool(incidents))


def hand_over(
    session: Session, row: ProcessInstance, was_in: str, party: str, at: datetime
) -> None:
    """From `at` on, the instance is in a party's hands ("" after its end).

    Called once per act, after its stage was written to the row; `was_in` is the stage before.
    What came and went within one instant was never; where a clock went back, no time passed.
    Only the onboarding has clocks.
    """
    if row.process != "onboarding" or (was_in, row.holder) == (row.stage, party):
        return
    since, was = row.holder_since_at, row.holder
    at = max(at, since or at)
    row.holder, row.holder_since_at = party, at if party else None
    if not was or since is None:
        return
    if since < at:
        session.add(
            Holding(instance_id=row.id, stage=was_in, party=was, since_at=since, until_at=at)
        )
    else:
        _take_up_again(session, row, at)


def _take_up_again(session: Session, row: ProcessInstance, at: datetime) -> None:
    """Where the interval before the one that never was is like the one that begins, goes on."""
    last = session.scalars(
        select(Holding).where(Holding.instance_id == row.id).order_by(Holding.id.desc()).limit(1)
    ).first()
    if last and last.until_at == at and (last.stage, last.party) == (row.stage, row.holder):
        row.holder_since_at = last.since_at
        session.delete(last)


# Days -----------------------------------------------------------------------------------------


class Interval(NamedTuple):
    """A case in a party's hands, in a stage, from a moment up to the next."""

    stage: str
    party: str
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Clocks:
    """Working days of a case by stage and party; the parts are all there is, so they sum up."""

    #: Stage → party (of PARTIES) → working days; the stages in the order of their first interval,
    #: validated ones left out. A party without a day in a stage is not there.
    stages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: For how many working days the party that has it now has had it without a break.
    held: int = 0

    @property
    def parties(self) -> dict[str, int]:
        """Party → working days over all stages, each of PARTIES, in their order."""
        days = dict.fromkeys(PARTIES, 0)
        for of_stage in self.stages.values():
            for party, count in of_stage.items():
                days[party] += count
        return days

    @property
    def total(self) -> int:
        """The working days that ended since the start, without those in validated stages."""
        return sum(self.parties.values())


def clocks(
    intervals: Iterable[Interval], working: Calendar, validated: Collection[str] = ()
) -> Clocks:
    """Counts the working days of consecutive intervals: each for whoever holds the case at its end.

    Stages that were validated count for none, neither before nor after their validation.
    """
    stages: dict[str, dict[str, int]] = {}
    holder, held = "", 0
    for stage, party, since_at, until_at in intervals:
        if stage in validated:
            holder, held = "", 0
            continue
        days = working.ended_between(since_at, until_at)
        held = days + (held if party == holder else 0)
        holder = party
        of_stage = stages.setdefault(stage, {})
        if days:
            of_stage[on_clock(party)] = of_stage.get(on_clock(party), 0) + days
    return Clocks(stages, held)


def on_clock(party: str) -> str:
    """The one of PARTIES on whose clock a party's days are."""
    return "sip" if party == "secretary" else party


PAST = select(
    Holding.instance_id, Holding.stage, Holding.party, Holding.since_at, Holding.until_at
).order_by(Holding.instance_id, Holding.since_at, Holding.id)


class Held(Protocol):
    """What the interval that runs is made of: an instance, or its columns."""

    @property
    def id(self) -> Any: ...
    @property
    def stage(self) -> Any: ...
    @property
    def holder(self) -> Any: ...
    @property
    def holder_since_at(self) -> Any: ...


def intervals(session: Session, rows: Collection[Held], now: datetime) -> dict[int, list[Interval]]:
    """The intervals of each instance in order, by its id; that which runs comes last, until `now`.

    One statement, however many instances. `now` is UTC.
    """
    found: dict[int, list[Interval]] = {row.id: [] for row in rows}
    for one in session.execute(PAST.where(Holding.instance_id.in_(found))):
        found[one.instance_id].append(Interval(*one[1:]))
    for row in rows:
        since = row.holder_since_at
        if row.holder and since is not None:
            found[row.id].append(Interval(row.stage, row.holder, since, max(since, now)))
    return found


def clocks_of(
    session: Session, rows: Collection[ProcessInstance], now: datetime
) -> dict[int, Clocks]:
    """The clocks of onboardings as of `now` (UTC) by the calendars of their entities, by id."""
    return {
        row.id: clocks(found, calendar.calendar_of(session, row.entity), row.validated)
        for row, found in zip(rows, intervals(session, rows, now).values(), strict=True)
    }


# Again from the log ---------------------------------------------------------------------------

#: In release 0.1.0 the entries of one act had a moment each; nobody acts twice within this time.
ONE_ACT = timedelta(seconds=1)

ENTRIES = (
    select(
        LogEntry.id,
        LogEntry.at,
        LogEntry.kind,
        LogEntry.task_id,
        LogEntry.data,
        Task.role,
        Task.process,
    )
    .outerjoin(Task, LogEntry.task_id == Task.id)
    .order_by(LogEntry.id)
)


@dataclass
class _Replay:
    """A case as the log tells of it, entry by entry."""

    stage: str = ""
    status: str = "running"
    #: Open tasks of the path: id → when it opened, step, role.
    tasks: dict[int, tuple[datetime, str, str]] = field(default_factory=dict)
    incidents: set[str] = field(default_factory=set)

    @property
    def party(self) -> str:
        """In whose hands; "" after the end."""
        if self.status == "ended":
            return ""
        oldest_first = sorted((at, key) for key, (at, *_) in self.tasks.items())
        tasks = [self.tasks[key][1:] for _, key in oldest_first]
        return party_of(tasks, self.incidents, suspended=self.status == "suspended")

    def take(self, entry: Row[Any], process: str) -> bool:
        """Takes an entry in; whether it is of a kind that can change hands.

        `process` is that of the entry's task or element.
        """
        what, data = entry.kind, entry.data
        if what in STATUS_AFTER:
            self.status = STATUS_AFTER[what]
            if what == "process.ended":
                self.stage = ""
        elif what == "stage.entered":
            self.stage = data["stage"]
        elif what == "task.opened" and process not in BESIDE:
            self.tasks[entry.task_id] = (entry.at, data["step"], data.get("role") or entry.role)
        elif what in ("task.completed", "task.lapsed", "task.cancelled"):
            self.tasks.pop(entry.task_id, None)
        elif what == "incident.raised" and process not in BESIDE:
            self.incidents.add(data["element"])
        elif what == "incident.resolved":
            self.incidents.discard(data["element"])
        else:
            return False
        return True


STATUS_AFTER: Mapping[str, str] = {
    "process.started": "running",
    "process.suspended": "suspended",
    "process.resumed": "running",
    "process.cancelled": "ended",
    "process.ended": "ended",
}


class _Since(NamedTuple):
    at: datetime
    stage: str
    party: str


def timeline(changes: Iterable[tuple[datetime, str, str]]) -> list[_Since]:
    """Moments from which a case is in a stage and in a party's hands, from what an observer notes.

    Of several notes within one instant only the last was true, and the same again is no change:
    two acts at one moment are like one. Where a clock went back, no time passed.
    """
    course: list[_Since] = []
    for noted_at, stage, party in changes:
        at = max(noted_at, course[-1].at) if course else noted_at
        if course and course[-1].at == at:
            course.pop()
        if not course or course[-1][1:] != (stage, party):
            course.append(_Since(at, stage, party))
    return course


def _changes(session: Session, row: ProcessInstance) -> Iterator[tuple[datetime, str, str]]:
    """What the log of an instance tells: when, and the stage and the party then."""
    entries = session.execute(ENTRIES.where(LogEntry.instance_id == row.id)).all()
    first_release = max(
        (e.id for e in entries if e.kind == "task.opened" and "role" not in e.data), default=0
    )
    replay = _Replay()
    at: datetime | None = None
    for entry in entries:
        process = entry.data.get("process") or entry.process or ""
        if entry.kind == "incident.raised" and entry.data["element"]:
            process = definition_of(row.deployment).process_of(entry.data["element"])
        if replay.take(entry, process):
            of_same_act = at and entry.id <= first_release and entry.at - at < ONE_ACT
            at = at if at and of_same_act else entry.at
            yield at, replay.stage, replay.party


def rebuild(session: Session, row: ProcessInstance) -> bool:
    """Makes the intervals of an onboarding again from its log; whether they were different.

    Flushes, and holds the instance's row until the transaction ends.
    """
    locked = select(ProcessInstance).where(ProcessInstance.id == row.id).with_for_update()
    row = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if row.process != "onboarding":
        return False
    course = timeline(_changes(session, row))
    past = [Interval(a.stage, a.party, a.at, b.at) for a, b in pairwise(course)]
    last = course[-1] if course else _Since(row.started_at, "", "")
    kept = session.execute(PAST.where(Holding.instance_id == row.id)).all()
    before = ([Interval(*one[1:]) for one in kept], row.holder, row.holder_since_at)
    row.holder, row.holder_since_at = last.party, last.at if last.party else None
    if before == (past, row.holder, row.holder_since_at):
        return False
    session.execute(delete(Holding).where(Holding.instance_id == row.id))
    session.add_all(Holding(instance_id=row.id, **one._asdict()) for one in past)
    flag_modified(row, "holder")  # its revision grows, by which others see that it changed
    session.flush()
    return True


def all_onboardings(session: Session) -> Sequence[int]:
    """Ids of all instances that have clocks."""
    query = select(ProcessInstance.id).where(ProcessInstance.process == "onboarding")
    return session.scalars(query.order_by(ProcessInstance.id)).all()


def without_intervals(session: Session) -> Sequence[int]:
    """Ids of onboardings that a release before the clocks has left: nobody holds them yet, or
    they took time and nobody had them."""
    had = select(Holding.id).where(Holding.instance_id == ProcessInstance.id).exists()
    under_way = ProcessInstance.ended_at.is_(None) & (ProcessInstance.holder == "")
    over = (ProcessInstance.ended_at > ProcessInstance.started_at) & ~had
    query = select(ProcessInstance.id).where(
        ProcessInstance.process == "onboarding", under_way | over
    )
    return session.scalars(query.order_by(ProcessInstance.id)).all()
