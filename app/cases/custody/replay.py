"""The intervals rebuilt from the log alone, which proves whose the days were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.base.definitions import definition_of
from app.base.models import Deployment, Holding, LogEntry, ProcessInstance, Task
from app.cases.custody.counting import PAST, Interval
from app.cases.custody.hands import SIDE_PROCESSES, party_of

ENTRIES = (
    select(
        LogEntry.id,
        LogEntry.at,
        LogEntry.kind,
        LogEntry.task_id,
        LogEntry.data,
        Task.process,
    )
    .outerjoin(Task, LogEntry.task_id == Task.id)
    .order_by(LogEntry.id)
)


@dataclass
class _Replay:
    """The state of a case, replayed from the log entry by entry."""

    stage: str = ""
    status: str = "running"
    #: Open tasks of the path: id → (opened at, step, role).
    tasks: dict[int, tuple[datetime, str, str]] = field(default_factory=dict)
    #: The entity's tasks that await the PCM: (id, reason of AWAITS) → the role that has to act.
    awaiting: dict[tuple[int, str], str] = field(default_factory=dict)
    incidents: set[str] = field(default_factory=set)

    @property
    def party(self) -> str:
        """The party that holds the case; "" after the end."""
        if self.status == "ended":
            return ""
        oldest_first = sorted((at, key, step, role) for key, (at, step, role) in self.tasks.items())
        pcm = {task_id: role for (task_id, _), role in self.awaiting.items()}
        tasks = [(step, pcm.get(key, role)) for _, key, step, role in oldest_first]
        return party_of(tasks, self.incidents, suspended=self.status == "suspended")

    def take(self, entry: Row[Any], process: str) -> bool:
        """Apply an entry; return whether its kind can change the party.

        `process` is the process of the entry's task or element.
        """
        what, data = entry.kind, entry.data
        if what in STATUS_AFTER:
            self.status = STATUS_AFTER[what]
            if what == "process.ended":
                self.stage = ""
        elif what == "stage.entered":
            self.stage = data["stage"]
        elif what in OF_TASKS:
            self._take_task(entry, process)
        elif what in AWAITS or what in AWAITS_NO_MORE:
            return self._await(entry)
        elif what == "incident.raised" and process not in SIDE_PROCESSES:
            self.incidents.add(data["element"])
        elif what == "incident.resolved":
            self.incidents.discard(data["element"])
        else:
            return False
        return True

    def _take_task(self, entry: Row[Any], process: str) -> None:
        """Apply an entry about a task that opens, closes, or changes lanes."""
        key, data = entry.task_id, entry.data
        if entry.kind in CLOSED:
            self.tasks.pop(key, None)
            for reason in AWAITS.values():
                self.awaiting.pop((key, reason), None)
        elif entry.kind == "task.lane_changed":
            if key in self.tasks:
                self.tasks[key] = (*self.tasks[key][:2], data["role"])
        elif process not in SIDE_PROCESSES:
            opened_at = datetime.fromisoformat(data.get("opened_at") or entry.at.isoformat())
            self.tasks[key] = (opened_at, data["step"], data["role"])

    def _await(self, entry: Row[Any]) -> bool:
        """Apply an entry after which a task awaits the PCM, or no longer does."""
        if entry.kind in AWAITS:
            self.awaiting[entry.task_id, AWAITS[entry.kind]] = entry.data["role"]
            return True
        return self.awaiting.pop((entry.task_id, AWAITS_NO_MORE[entry.kind]), None) is not None


CLOSED = frozenset({"task.completed", "task.lapsed", "task.cancelled"})
OF_TASKS = CLOSED | {"task.opened", "task.reopened", "task.lane_changed"}
#: Entries after which a case is on another version (`from`, `to`: ids of deployments).
MOVES = ("case.migrated", "case.migration_returned")
STATUS_AFTER: Mapping[str, str] = {
    "process.started": "running",
    "process.suspended": "suspended",
    "process.resumed": "running",
    "process.cancelled": "ended",
    "process.ended": "ended",
}
#: Entries after which a task of the entity awaits the PCM → why: its notice is due on paper, or it
#: cannot go on without the answer to a question. And entries after which it no longer does.
AWAITS: Mapping[str, str] = {"task.paper_due": "paper", "task.question_blocks": "question"}
AWAITS_NO_MORE: Mapping[str, str] = {
    "task.paper_over": "paper",
    "task.notified": "paper",
    "task.question_over": "question",
}


class _Since(NamedTuple):
    at: datetime
    stage: str
    party: str


def timeline(changes: Iterable[tuple[datetime, str, str]]) -> list[_Since]:
    """Return since when a case is in each stage and held by each party, from observed changes.

    Of several changes at one instant only the last counts, and the same again is no change: two
    acts at one moment are like one. If a clock went back, no time passed.
    """
    course: list[_Since] = []
    for observed_at, stage, party in changes:
        at = max(observed_at, course[-1].at) if course else observed_at
        if course and course[-1].at == at:
            course.pop()
        if not course or course[-1][1:] != (stage, party):
            course.append(_Since(at, stage, party))
    return course


def _changes(session: Session, row: ProcessInstance) -> Iterator[tuple[datetime, str, str]]:
    """Yield the changes in the log of an instance: the moment, and the stage and party then."""
    entries = session.execute(ENTRIES.where(LogEntry.instance_id == row.id)).all()
    replay = _Replay()
    version_id = next((e.data["from"] for e in entries if e.kind in MOVES), row.deployment_id)
    for entry in entries:
        process = entry.data.get("process") or entry.process or ""
        if entry.kind in MOVES:
            version_id = entry.data["to"]
        if entry.kind == "incident.raised" and entry.data["element"]:
            version = session.get_one(Deployment, version_id)
            process = definition_of(version).process_of(entry.data["element"])
        if replay.take(entry, process):
            yield entry.at, replay.stage, replay.party


def rebuild(session: Session, row: ProcessInstance) -> bool:
    """Rebuild the intervals of an onboarding from its log; return whether they were different.

    Flushes, and locks the instance's row until the transaction ends.
    """
    locked = select(ProcessInstance).where(ProcessInstance.id == row.id).with_for_update()
    row = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if row.process != "onboarding":
        return False
    course = timeline(_changes(session, row))
    past = [Interval(a.stage, a.party, a.at, b.at) for a, b in pairwise(course)]
    last = course[-1] if course else _Since(row.started_at, "", "")
    stored = session.execute(PAST.where(Holding.instance_id == row.id)).all()
    before = ([Interval(*one[1:]) for one in stored], row.holder, row.holder_since_at)
    row.holder, row.holder_since_at = last.party, last.at if last.party else None
    if before == (past, row.holder, row.holder_since_at):
        return False
    flag_modified(row, "holder")  # a new revision, by which counted days are known to be old
    session.execute(delete(Holding).where(Holding.instance_id == row.id))
    session.add_all(Holding(instance_id=row.id, **one._asdict()) for one in past)
    session.flush()
    return True


def all_onboardings(session: Session) -> Sequence[int]:
    """Return the ids of all instances that have clocks."""
    query = select(ProcessInstance.id).where(ProcessInstance.process == "onboarding")
    return session.scalars(query.order_by(ProcessInstance.id)).all()
