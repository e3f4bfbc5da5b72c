"""One act: an instance that is locked, run, and written back with all that follows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Self

from flask import current_app
from sqlalchemy import Date, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from app.base import calendar
from app.base.calendar import Term
from app.base.definitions import definition_of
from app.base.models import Absence, Allowance, Incident, LogEntry, ProcessInstance, Task
from app.cases import records, service_tasks
from app.cases.case import Case
from app.cases.custody import PCM, SIDE_PROCESSES, WHOLE, pair_of, party_of
from app.cases.processes import incidents
from app.cases.service_tasks import Effects
from app.people import mail
from app.people.access import LANES, absences
from workflows.decisions import decide_one
from workflows.definition import Definition
from workflows.instance import Instance

#: The pause after a failed attempt of a service task, by the number of attempts.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
MAX_ATTEMPTS = 10

#: Step → the day of the records from which its term runs.
DAY_OF_STEP = {
    "record_thematic_induction": "thematic_session",
    "record_technical_induction": "technical_session",
    "report_training": "training",
    "confirm_production": "production",
}
#: How far ahead a timer waits whose date does not run: only a new date brings it back.
STANDSTILL = timedelta(days=3650)


class NoSuchInstance(Exception):
    """The instance does not exist."""


class Facts(NamedTuple):
    """What an act asks of other rows, in one statement that is sent once its case is locked.

    Rows are read only where a fact is true.
    """

    #: Whether the instance has open incidents.
    has_incidents: bool
    #: When the open redesignation of the entity's administrator began; None without one.
    redesignation_began_at: datetime | None
    #: Whether the actor replaces an absent user today.
    is_substitute: bool
    #: Whether the actor was allowed to decide the task despite the separation of duties.
    has_allowance: bool


REDESIGNATION = aliased(ProcessInstance)
FACTS = select(
    exists().where(
        Incident.instance_id == bindparam("instance_id"), Incident.resolved_at.is_(None)
    ),
    select(func.max(REDESIGNATION.started_at))
    .where(
        REDESIGNATION.entity_id == bindparam("entity_id"),
        REDESIGNATION.process == "redesignation",
        REDESIGNATION.ended_at.is_(None),
    )
    .scalar_subquery(),
    exists().where(
        absences.running(bindparam("today", type_=Date)),
        Absence.substitute_id == bindparam("actor_id"),
    ),
    exists().where(
        Allowance.task_id == bindparam("task_id"), Allowance.user_id == bindparam("actor_id")
    ),
)

OPEN_ROWS = (
    select(Task)
    .where(Task.instance_id == bindparam("instance_id"), Task.state == "open")
    .order_by(Task.opened_at, Task.id)
)

#: Key of `Session.info`: the transaction that has locked an instance, and the instance's id.
_HELD = "held"


def keep_lock(session: Session, row: ProcessInstance) -> None:
    """Note that the current transaction has locked an instance and loaded it with its state."""
    session.info[_HELD] = session.get_transaction(), row.id
    _read_again_if_moved(session, row)


def _read_again_if_moved(session: Session, row: ProcessInstance) -> None:
    """Forget what was read of a case that moved to another version while its lock was waited for.

    PostgreSQL then reads the row of the case again, but not the rows joined to it.
    """
    if row.deployment_id == getattr(row.deployment, "id", None):
        return
    session.expire(row, ["deployment"])
    for one in session.identity_map.values():
        if isinstance(one, Task) and one.instance_id == row.id:
            session.expire(one)


HOLD = (
    select(ProcessInstance)
    .where(ProcessInstance.id == bindparam("id"))
    .options(undefer(ProcessInstance.state), joinedload(ProcessInstance.deployment))
    .with_for_update(of=ProcessInstance)
    .execution_options(populate_existing=True)
)


def locked(session: Session, instance_id: int) -> ProcessInstance:
    """Lock an instance and read its row, unless this transaction has. Raise NoSuchInstance."""
    calendar.keep(session)
    is_held = session.info.get(_HELD) == (session.get_transaction(), instance_id)
    row = session.get(ProcessInstance, instance_id) if is_held else None
    row = row or session.scalars(HOLD, {"id": instance_id}).one_or_none()
    if row is None:
        raise NoSuchInstance(instance_id)
    _read_again_if_moved(session, row)
    return row


class Act:
    """An instance locked by one transaction. It gives its diagrams the values that they read.

    It is the `Environment` of `workflows.instance`. The entry point commits everything between
    `hold` and `save`, or nothing.
    """

    def __init__(self, session: Session, row: ProcessInstance, actor_id: int | None) -> None:
        self.session = session
        self.row = row
        self.definition: Definition = definition_of(row.deployment)
        self.case = Case(session, row.entity, row, actor_id)
        self.engine: Instance
        self._terms: dict[str, Term] = {}
        #: The effects of service tasks that `projection.save` still has to carry out.
        self.effects: list[Effects] = []
        #: The task whose term goes on in the tasks that this act opens; None: their own terms.
        self.continues: Task | None = None
        #: The tasks that this act has opened, in order.
        self.opened: list[Task] = []
        self._open_rows: list[Task] | None = None
        self._incidents: list[Incident] | None = None

    @classmethod
    def hold(cls, session: Session, instance_id: int, actor_id: int | None) -> Self:
        """Lock the instance and load it. Raise NoSuchInstance."""
        return cls.of(session, locked(session, instance_id), actor_id)

    @classmethod
    def of(cls, session: Session, row: ProcessInstance, actor_id: int | None) -> Self:
        """Load an instance that this transaction has locked."""
        act = cls(session, row, actor_id)
        act.engine = Instance.load(act.definition, row.state, act)
        return act

    @classmethod
    def begin(cls, session: Session, row: ProcessInstance, actor_id: int | None) -> Self:
        """Start a new instance, before its first step."""
        calendar.keep(session)
        act = cls(session, row, actor_id)
        act.engine = Instance.start(act.definition, row.process, act)
        return act

    @cached_property
    def facts(self) -> Facts:
        """What the act asks of other rows, read when it is first needed."""
        task = self.case.task
        values = {
            "instance_id": self.row.id,
            "entity_id": self.row.entity_id,
            "today": calendar.today(),
            "actor_id": self.case.actor_id,
            "task_id": task.id if task else None,
        }
        return Facts(*self.session.execute(FACTS, values).one())

    def is_open(self, engine_id: str) -> bool:
        """Return whether a task is open, by the state that this act has locked."""
        return any(task.id == engine_id for task in self.engine.open_tasks())

    # Values that diagrams read

    def purpose(self) -> str:
        """Return the purpose of the process: its name, since each process has one purpose."""
        return self.row.process

    def validated(self, stage: str) -> bool:
        """Return whether a stage of the onboarding was validated by a coordinator."""
        return self.row.process == "onboarding" and stage in self.row.validated

    def holder(self) -> str:
        """Return the party that holds the case, as on the clocks (see `app.cases.custody`)."""
        waiting = {
            incident.element
            for incident in self.incidents()
            if incident.element == WHOLE
            or self.definition.process_of(incident.element) not in SIDE_PROCESSES
        }
        suspended = self.row.status == "suspended"
        return party_of(self._on_the_path(), waiting, suspended=suspended)

    def _on_the_path(self) -> list[tuple[str, str]]:
        """Return the open (step, role) pairs that decide which party holds it, oldest first."""
        tasks = [task for task in self.engine.open_tasks() if task.process not in SIDE_PROCESSES]
        if all(LANES[task.lane] in PCM for task in tasks) and len({t.lane for t in tasks}) < 2:
            return [(task.step, LANES[task.lane]) for task in tasks]
        known = self.open_rows()  # which came first, and which is due on paper
        place = {row.engine_id: number for number, row in enumerate(known)}
        tasks.sort(key=lambda task: place.get(task.id, len(place)))
        pairs = {row.engine_id: pair_of(row) for row in known}
        return [pairs.get(task.id, (task.step, LANES[task.lane])) for task in tasks]

    def open_rows(self) -> list[Task]:
        """Return the rows of the open tasks, the oldest first; also before they are flushed."""
        if self._open_rows is None:
            with self.session.no_autoflush:
                rows = self.session.scalars(OPEN_ROWS, {"instance_id": self.row.id})
                self._open_rows = [one for one in rows if one not in self.opened]
        return [one for one in (*self._open_rows, *self.opened) if one.state == "open"]

    def working_days(self, n: int) -> datetime:
        """Return the first instant after N working days from now."""
        return self.case.calendar.deadline(calendar.now(), n)

    def due(self, step: str) -> datetime:
        """Return when a step that opens now is due; far ahead while its term does not run."""
        term = self.term(step)
        if term.counted_on is None:
            return calendar.now() + STANDSTILL
        return calendar.end_of(self.case.calendar.add(term.counted_on, term.days))

    def day_of(self, name: str) -> datetime:
        """Return a date of the records."""
        return records.day_of(self.case, name)

    def term(self, step: str) -> Term:
        """Return the term of a step that opens now, by the instance's own `deadlines.dmn`."""
        if step not in self._terms:
            row = decide_one(self.definition, "deadlines", {"step": step})
            start, day = self._start_of(step, row["counted_from"])
            self._terms[step] = Term(int(row["days"]), start, day, row["kind"], row["basis"])
        return self._terms[step]

    def _start_of(self, step: str, what: str) -> tuple[str, date | None]:
        """Return what starts a term, and its first day, which does not count.

        A reception, a session or a day of going live starts it, however late the worker noticed
        it. Exceptions: if the step was answered since, it came back, and its term runs from that;
        if the process was suspended since, from the day on which it was resumed.
        """
        working, cut_off = self.case.calendar, current_app.config["CUT_OFF"]
        today = calendar.lima_day(self.case.at)
        if what == "notification":  # not notified yet: see `processes.notification`
            return what, None
        begun_at = self._begun_at(step, what)
        if begun_at is None:
            return "arrival", today
        answered_at, resumed_at = self._since_when(step)
        if answered_at and answered_at >= begun_at:
            return "arrival", today
        if resumed_at and resumed_at >= begun_at:
            return "resumed", calendar.lima_day(resumed_at)
        if what == "reception":
            return what, working.counted_on(begun_at, cut_off)
        return what, min(calendar.lima_day(begun_at), today)

    def _begun_at(self, step: str, what: str) -> datetime | None:
        """Return when the event happened that starts a step's term; None for its own arrival."""
        if what == "reception":
            filing = records.filing.open_filing(self.case)
            return filing.received_at if filing and filing.rounds == 0 else None
        return self.day_of(DAY_OF_STEP[step]) if what in ("session", "go_live") else None

    def _since_when(self, step: str) -> tuple[datetime | None, datetime | None]:
        """Return when a step was last answered, and when the process was last resumed."""
        answered = select(func.max(Task.closed_at)).where(
            Task.instance_id == self.row.id, Task.step == step, Task.state == "completed"
        )
        resumed = select(func.max(LogEntry.at)).where(
            LogEntry.instance_id == self.row.id, LogEntry.kind == "process.resumed"
        )
        found = self.session.execute(
            select(answered.scalar_subquery(), resumed.scalar_subquery())
        ).one()
        return found[0], found[1]

    # Running

    def advance(self) -> None:
        """Run until only people and timers are waited for. A failure becomes an incident."""
        self.resolve_incident(WHOLE)  # if this act fails, it raises and is rolled back as a whole
        failed = self.engine.advance(self.perform)
        for element, error in failed:
            self._note_incident(element, error)

    def perform(self, element: str) -> str:
        """Perform a service task and return its outcome. A failure is rolled back."""
        with self.session.begin_nested():
            effects = service_tasks.perform(element, self.case, self.definition)
            for letter in effects.letters:
                mail.post(self.session, letter)
            self.session.flush()
        for reschedule in effects.reschedules:
            if any(w.element == reschedule.element for w in self.engine.waiting()):
                self.engine.reschedule(reschedule.element, reschedule.at)
        self.effects.append(effects)
        self.resolve_incident(element)
        return effects.outcome

    def incidents(self) -> list[Incident]:
        """Return the open incidents of the instance: its row is locked, so they are read once."""
        if self._incidents is None:
            known = self.facts.has_incidents
            self._incidents = incidents.open_incidents(self.session, self.row.id) if known else []
        self._incidents = [one for one in self._incidents if one.resolved_at is None]
        return self._incidents

    def _note_incident(self, element: str, error: Exception) -> None:
        name = self.definition.element_name(element)
        incident = incidents.record_failure(self.case, self.incidents(), element, name, error)
        pause = BACK_OFF[min(incident.attempts, len(BACK_OFF)) - 1]
        again = incident.attempts < MAX_ATTEMPTS
        incident.next_try_at = calendar.now() + pause if again else None

    def resolve_incident(self, element: str) -> None:
        """Resolve the open incident of an element (WHOLE for the instance itself), if any."""
        incident = next((one for one in self.incidents() if one.element == element), None)
        if incident:
            incident.resolved_at = calendar.now()
            incident.next_try_at = None
            self.case.log("incident.resolved", element=element, name=incident.name)

    def drop_incidents(self) -> None:
        """Resolve the incidents of service tasks that a validation or a return left behind.

        They are not tried again.
        """
        failed = {incident.element for incident in self.incidents()} - {WHOLE}
        for element in sorted(failed.difference(self.engine.position()) if failed else ()):
            self.resolve_incident(element)
