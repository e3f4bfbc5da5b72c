"""One act: an instance taken in hand, run, and written back with all that follows."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, undefer

from app import calendar, mail, records, service_tasks
from app.access import LANES
from app.case import Case
from app.effects import Effects
from app.models import Incident, ProcessInstance
from app.processes.deployments import definition_of
from workflows.decisions import decide_one
from workflows.definition import Definition
from workflows.instance import Instance

#: How long a failed service task rests before the tick tries it again, by number of tries.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
MAX_ATTEMPTS = 10

#: Processes that stand beside the path: their tasks do not say in whose hands a case is.
BESIDE = frozenset({"follow_up", "change_authority", "upkeep", "redesignation"})
#: Steps during which the mesa de partes has the papers.
RECEPTION = frozenset({"record_reception", "record_personnel_reception"})


class NoSuchInstance(Exception):
    """The instance does not exist."""


@dataclass(frozen=True)
class Deadline:
    """A step's due date (the first instant after its last day), its kind and basis."""

    at: datetime
    kind: str  # legal, práctica
    basis: str


HOLD = (
    select(ProcessInstance)
    .where(ProcessInstance.id == bindparam("id"))
    .options(undefer(ProcessInstance.state), joinedload(ProcessInstance.deployment))
    .with_for_update(of=ProcessInstance)
    .execution_options(populate_existing=True)
)


class Act:
    """An instance in the hands of one transaction; answers what its diagrams ask.

    It is the `Environment` of `workflows.instance`. Everything between `hold` and `save` either
    is committed by the entry point or never was.
    """

    def __init__(self, session: Session, row: ProcessInstance, actor_id: int | None) -> None:
        self.session = session
        self.row = row
        self.definition: Definition = definition_of(row.deployment)
        self.case = Case(session, row.entity, row, actor_id)
        self.engine: Instance
        self._deadlines: dict[str, Deadline] = {}
        #: What service tasks left to be carried out by `projection.save`.
        self.effects: list[Effects] = []

    @classmethod
    def hold(cls, session: Session, instance_id: int, actor_id: int | None) -> Self:
        """Locks the instance and loads it. Raises NoSuchInstance."""
        row = session.scalars(HOLD, {"id": instance_id}).one_or_none()
        if row is None:
            raise NoSuchInstance(instance_id)
        act = cls(session, row, actor_id)
        act.engine = Instance.load(act.definition, row.state, act)
        return act

    @classmethod
    def begin(cls, session: Session, row: ProcessInstance, actor_id: int | None) -> Self:
        """A new instance, before its first step."""
        act = cls(session, row, actor_id)
        act.engine = Instance.start(act.definition, row.process, act)
        return act

    def is_open(self, engine_id: str) -> bool:
        """Whether a task is open, by the state that this act has locked."""
        return any(task.id == engine_id for task in self.engine.open_tasks())

    # What diagrams ask

    def purpose(self) -> str:
        """Why the process runs: its own name, since each process has one purpose."""
        return self.row.process

    def validated(self, stage: str) -> bool:
        """Whether a stage of the onboarding was validated from outside."""
        return self.row.process == "onboarding" and stage in self.row.validated

    def holder(self) -> str:
        """In whose hands the case is; the first that applies (see docs/architecture.md)."""
        if self.row.status == "suspended":
            return "suspended"
        open_tasks = [task for task in self.engine.open_tasks() if task.process not in BESIDE]
        return holder_of([(task.step, LANES[task.lane]) for task in open_tasks])

    def working_days(self, n: int) -> datetime:
        """The first instant after N working days from now."""
        return self.case.calendar.deadline(calendar.now(), n)

    def due(self, step: str) -> datetime:
        """When the step, opening now, is due."""
        return self.deadline(step).at

    def day_of(self, name: str) -> datetime:
        """A date of the records."""
        return records.day_of(self.case, name)

    def deadline(self, step: str) -> Deadline:
        """The step's term by `deadlines.dmn` of the instance's own version."""
        if step not in self._deadlines:
            row = decide_one(self.definition, "deadlines", {"step": step})
            start = self._counted_from(row["counted_from"])
            at = self.case.calendar.deadline(start, int(row["days"]))
            self._deadlines[step] = Deadline(at, row["kind"], row["basis"])
        return self._deadlines[step]

    def _counted_from(self, what: str) -> datetime:
        """The moment that a term runs from; a timer opens what counts from its own day."""
        if what == "reception":
            filing = records.filing.open_filing(self.case)
            if filing and filing.received_at and filing.rounds == 0:
                return filing.received_at
        return calendar.now()

    # Running

    def advance(self) -> None:
        """Runs until only people and timers are waited for; a failure becomes an incident."""
        failed = self.engine.advance(self.perform)
        for element, error in failed:
            self._note_incident(element, error)

    def perform(self, element: str) -> str:
        """Does a service task and returns its outcome; what fails leaves nothing behind."""
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

    def _open_incident(self, element: str) -> Incident | None:
        return self.session.scalars(
            select(Incident).where(
                Incident.instance_id == self.row.id,
                Incident.element == element,
                Incident.resolved_at.is_(None),
            )
        ).first()

    def _note_incident(self, element: str, error: Exception) -> None:
        text = "".join(traceback.format_exception(error))
        incident = self._open_incident(element)
        if incident is None:
            incident = Incident(
                instance_id=self.row.id,
                element=element,
                name=self.definition.element_name(element),
                attempts=0,
                happened_at=calendar.now(),
            )
            self.session.add(incident)
        incident.attempts += 1
        incident.traceback = text
        pause = BACK_OFF[min(incident.attempts, len(BACK_OFF)) - 1]
        again = incident.attempts < MAX_ATTEMPTS
        incident.next_try_at = calendar.now() + pause if again else None
        self.case.log("incident.raised", element=element, name=incident.name)
        self.session.flush()  # the moment of waking is asked of the database

    def resolve_incident(self, element: str) -> None:
        """Closes the open incident of an element ("" for the instance as a whole), if any."""
        incident = self._open_incident(element)
        if incident:
            incident.resolved_at = calendar.now()
            incident.next_try_at = None
            self.case.log("incident.resolved", element=element, name=incident.name)


def holder_of(open_tasks: list[tuple[str, str]]) -> str:
    """In whose hands a case is, from its open (step, role) pairs, oldest first.

    At the mesa de partes while only a reception is open; waiting for a set date while nothing
    is; both when the entity and the PCM each have a task; of two PCM parties the older task's.
    """
    if not open_tasks:
        return "date"
    if all(step in RECEPTION for step, _ in open_tasks):
        return "mesa_de_partes"
    roles = [role for _, role in open_tasks]
    of_pcm = [role for role in roles if role in ("sip", "sgtd", "secretary")]
    if not of_pcm:
        return "entity"
    return of_pcm[0] if len(of_pcm) == len(roles) else "both"
