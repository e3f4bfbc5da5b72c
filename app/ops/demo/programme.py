"""The run of the demo: entities start, people answer at their pace, coordinators act."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import open_session, writing
from app.base.models import Entity, PlannedStart, ProcessInstance, Task, User
from app.cases import processes, reminders, status
from app.cases.case import Case
from app.cases.papers.issued.series import NumberTaken
from app.cases.records.sessions import SessionFull
from app.mailroom import sending
from app.mailroom.sending.transport import Page
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers, events, lives, people, sessions, visits
from app.ops.demo.agenda import Agenda, days_on, share_of
from app.ops.demo.characters import LAPSED, SHORT, Event, cast
from app.ops.demo.lives import Life
from app.ops.demo.people import USUAL, Accounts, Coordinator
from app.ops.progress import counted
from app.people import access
from forms.fields.people import invented

logger = logging.getLogger(__name__)
#: Calendar days that the demo goes back.
DAYS = 245
#: Hour (Lima) at which the day's mails are sent.
MORNING = time(8, 5)
#: What the rest of the entity answers for.
OF_ENTITY = ("authority", "administrator")
#: Share of the tasks open at the end that have a draft.
DRAFTED = 0.5
#: Exceptions of acts that are no longer possible when their moment comes.
OVERTAKEN = (
    processes.AlreadyRunning,
    processes.NotStartable,
    processes.Refused,
    processes.TaskTaken,
)


def fill(app: Flask, entities: int, seed: int) -> int:
    """Run `entities` that have no process yet through the past months, up to now.

    The same seed at the same moment gives the same story. The work that is due in existing
    processes happens first, now; otherwise they are not touched. Every act is committed
    separately, so that a half-filled installation is valid. No worker may run at the same time:
    virtual time is in the past for it. Return how many answers were refused: none, as long as the
    steps accept their own examples.
    """
    with app.app_context():
        processes.tick(app.extensions["engine"])
        programme = Programme(app, entities, seed)
        before = calendar.use_clock(programme.agenda)
        try:
            programme.run()
        finally:
            calendar.use_clock(before)
    return programme.refused


class Programme:
    """A run: its clock, its people, its entities."""

    def __init__(self, app: Flask, entities: int, seed: int) -> None:
        self.app = app
        self.engine = app.extensions["engine"]
        self.ends = calendar.now()
        self.begins = self.ends - timedelta(days=DAYS)
        self.agenda = Agenda(self.begins)
        self.random = Random(f"{seed}")  # noqa: S311
        self.seed = seed
        self.entities = entities
        self.refused = 0
        self.accounts = Accounts()
        self.staff: dict[str, list[Coordinator]] = {}
        self.paces: dict[int, tuple[float, float]] = {}

    def run(self) -> None:
        """Run day by day, with progress."""
        with writing(self.engine) as session:
            self.staff = self.accounts.open_staff(session)
            ids = lives.chosen(session, self.entities, self.random)
        self.paces = {one.user_id: one.pace for found in self.staff.values() for one in found}
        self._plan_sessions(len(ids))
        self._plan_mails()
        for number, entity_id in enumerate(ids):
            self._plan_start(number, entity_id)
        for day in counted(range(1, DAYS + 1), DAYS, "Day"):
            for happening in self.agenda.until(self.begins + timedelta(days=day)):
                happening()

    # What is planned at the beginning

    def _plan_sessions(self, entities: int) -> None:
        seats = max(4, entities // 10)
        for week in range(DAYS // 7 + 1):
            for topic, role in (("thematic", "sip"), ("technical", "sgtd")):
                at = self.begins + timedelta(days=7 * week, minutes=week)
                self.agenda.plan(at, lambda t=topic, r=role: self._publish(t, r, seats))  # type: ignore[misc]

    def _plan_mails(self) -> None:
        """Plan the worker's tasks for every morning: reminders, and mails, which no server gets."""
        for day in range(DAYS + 1):
            on = calendar.lima_day(self.begins) + timedelta(days=day)
            at = calendar.at_hour(on, MORNING)
            if self.begins <= at <= self.ends:
                self.agenda.plan(at, self._send_mails)

    def _send_mails(self) -> None:
        reminders.run(self.engine)
        sending.run(self.app, Page())
        processes.tick(self.engine)  # records what was sent, and which notices want paper now

    def _publish(self, topic: str, role: str, seats: int) -> None:
        author = self.random.choice(self.staff[role])
        with writing(self.engine) as session:
            sessions.publish(session, topic, author.user_id, seats, self.random)

    def _plan_start(self, number: int, entity_id: int) -> None:
        random = Random(f"{self.seed} {entity_id}")  # noqa: S311
        life = Life(entity_id, cast(number, random), random)
        share = random.uniform(*life.character.begins)
        with open_session(self.engine, writes=False) as session:
            days = calendar.calendar_of(session, session.get_one(Entity, entity_id))
        at = days_on(days, self.begins + timedelta(days=DAYS * share), 1, random)
        self.agenda.plan(at, lambda: self._start(life))

    # What happens

    def _act(self, life: Life, act: Callable[[Session], None]) -> None:
        """Run an act in a transaction, then plan the entity's next acts."""
        with open_session(self.engine) as session:
            try:
                act(session)
                session.commit()
            except OVERTAKEN:
                session.rollback()
            except answers.NotAccepted as fault:
                session.rollback()
                self.refused += 1
                logger.warning("demo: %s", fault)
            self._observe(session, life)

    def _start(self, life: Life) -> None:
        def act(session: Session) -> None:
            entity = session.get_one(Entity, life.entity_id)
            people.put_in_charge(session, entity, self.staff, life.random)
            entity.contact_email = f"mesadepartes.{entity.code.lower()}@example.pe"
            actor_id = entity.sip_coordinator_id
            row = processes.start(session, entity, "onboarding", actor_id)
            life.code = access.issue_activation_code(session, entity, actor_id)
            for stage in life.character.validated:
                events.validate(session, Event("validate", stage), row, life.random)

        self._act(life, act)
        if not life.sleeps_in("designation"):
            self._in_days(life, life.random.randint(1, 5), lambda: self._activate(life))

    def _activate(self, life: Life) -> None:
        def act(session: Session) -> None:
            entity = session.get_one(Entity, life.entity_id)
            known = people.trial_person(life.character.played_by, "preparer")
            person = known or invented(life.random, "Especialista en integridad")
            self.accounts.activate(session, entity, life.code, person)

        life.active = True
        self._act(life, act)
        self._release(life)

    def _event(self, life: Life, event: Event) -> None:
        def act(session: Session) -> None:
            events.do(session, event, session.get_one(Entity, life.entity_id), life.random)

        self._act(life, act)
        if event.kind == "resume":
            self._release(life)

    def _wake(self, life: Life, instance_id: int, at: datetime) -> None:
        """Run the work that is due, unless it was postponed since."""
        if life.wakes.get(instance_id) != at:
            return
        processes.tick(self.engine)
        life.wakes.pop(instance_id)
        with open_session(self.engine, writes=False) as session:
            self._observe(session, life)

    def _answer(self, life: Life, task_id: int) -> None:
        def act(session: Session) -> None:
            task_page = self._written(session, life, task_id)
            if task_page is not None:
                ended.append(answers.send(task_page))
                life.answered[task_page.task.step] += 1
                if life.character.played_by >= 0:
                    self.accounts.let_in(session, life.entity_id)

        ended: list[str] = []
        try:
            self._act(life, act)
        except (SessionFull, NumberTaken):
            self._in_days(life, 1, lambda: self._answer(life, task_id))
        except processes.TermLapsed:
            processes.tick(self.engine)
        if ended == ["agreed"]:
            life.awake = True
            if not life.active:
                self._activate(life)
        if ended and life.waiting:
            self._release(life)

    def _begin_answer(self, life: Life, task_id: int) -> None:
        """Begin an answer and leave the draft; some people also claim the task."""

        def act(session: Session) -> None:
            task_page = self._written(session, life, task_id, begun=True)
            if task_page is not None and life.random.random() < 0.5:
                task_page.task.assignee_id = task_page.user.id
                task_page.case.log("task.assigned", name=task_page.task.name)

        self._act(life, act)

    def _written(
        self, session: Session, life: Life, task_id: int, *, begun: bool = False
    ) -> TaskPage | None:
        """Write an answer as the draft of a task; return its page, None while the task waits."""
        task = session.get_one(Task, task_id)
        user = self._answerer(session, life, task)
        if user is None:
            life.waiting.add(task_id)
            return None
        self.accounts.come_in(session, user)
        self._do_before(session, life, task, begun)
        task_page = TaskPage.of(session, task_id, user)
        answers.write(task_page, self._values(life, task_page))
        return task_page

    def _do_before(self, session: Session, life: Life, task: Task, begun: bool) -> None:
        """Prepare in the entity's registers the data that a step needs for its answer."""
        wanted = life.wanted(task.step)
        if task.step == "run_demo_test":
            most = visits.BEGUN if begun or wanted == SHORT else visits.WHOLE
            visits.begin_test(session, life.entity_id, most)
        if task.step == "confirm_production" and wanted != "returned":
            visits.publish_first(Case(session, task.entity, task.instance), self._random_of(life))

    def _begin_test(self, life: Life) -> None:
        """Begin the demo test of an entity that stops at it."""

        def act(session: Session) -> None:
            for user_id in visits.recorders(session, life.entity_id):
                self.accounts.come_in(session, session.get_one(User, user_id))
            visits.begin_test(session, life.entity_id, visits.BEGUN)

        self._act(life, act)

    def _random_of(self, life: Life) -> Random:
        """Return random numbers for the visits of an entity; its story does not depend on them."""
        return Random(f"{self.seed} {life.entity_id} visits")  # noqa: S311

    def _values(self, life: Life, task_page: TaskPage) -> dict[str, Any]:
        values = answers.values_for(task_page, life.wanted(task_page.task.step), life.random)
        if task_page.task.step == "designate_administrator":
            for field in ("administrator", "alternate", "authority"):
                known = people.trial_person(life.character.played_by, field)
                if known is not None:
                    values[field] = {**values[field], **known}
        operator = people.trial_person(life.character.played_by, "operator")
        if task_page.task.step == "list_personnel" and operator is not None:
            first = next(row for row in values["roster"] if row["profile"] == "operator")
            values["roster"] = [
                {**row, **operator} if row is first else row for row in values["roster"]
            ]
        return values

    def _answerer(self, session: Session, life: Life, task: Task) -> User | None:
        """Return who answers the task now; None while it waits for another event."""
        if task.state != "open":
            raise processes.TaskTaken(task)
        if task.instance.status != "running" or task.paused_days is not None:
            return None
        if task.role in OF_ENTITY and life.sleeps_in(task.stage):
            return None
        found = access.recipients(session, task.role, task.entity)
        if task.step == "approve_decision_makers":
            found = access.holders(session, "authority", task.entity_id) or found
        return found[0] if found else None

    # What follows

    def _observe(self, session: Session, life: Life) -> None:
        """Plan answers to new tasks, events of a stage that began, and the next wake-up."""
        rows = session.execute(
            select(
                ProcessInstance.id,
                ProcessInstance.process,
                ProcessInstance.stage,
                ProcessInstance.wake_at,
            ).where(ProcessInstance.entity_id == life.entity_id)
        )
        for row in rows:
            self._plan_wake(life, row.id, row.wake_at)
            if row.process == "onboarding" and row.stage not in life.entered:
                life.entered.add(row.stage)
                for event in life.character.events:
                    if event.stage == row.stage:
                        self._in_days(life, event.after, lambda e=event: self._event(life, e))  # type: ignore[misc]
        planned = select(PlannedStart).where(PlannedStart.entity_id == life.entity_id)
        for one in session.scalars(planned):
            self._plan_wake(life, -one.id, one.at)
        opened = select(Task).where(Task.entity_id == life.entity_id, Task.state == "open")
        for task in session.scalars(opened.order_by(Task.id)).all():
            if task.id not in life.seen:
                life.seen.add(task.id)
                self._plan_answer(session, life, task)

    def _plan_wake(self, life: Life, key: int, at: datetime | None) -> None:
        """Plan to wake an instance (or, below zero, to begin a planned start) at its moment."""
        if at is None or life.wakes.get(key) == at:
            if at is None:
                life.wakes.pop(key, None)
            return
        life.wakes[key] = at
        self.agenda.plan(at, lambda: self._wake(life, key, at))

    def _confirm(self, life: Life, task_id: int) -> None:
        """Confirm a legal notice as a person of the entity; then plan the answer."""

        def act(session: Session) -> None:
            user = self._answerer(session, life, session.get_one(Task, task_id))
            if user is None:
                life.waiting.add(task_id)
            elif processes.acknowledge(session, task_id, "confirmed", user.id):
                life.seen.discard(task_id)

        self._act(life, act)

    def _plan_answer(self, session: Session, life: Life, task: Task) -> None:
        if status.is_to_be_notified(task) and task.notice_at is not None:
            chance = Random(f"{self.seed} {life.entity_id} {task.step}")  # noqa: S311
            at = max(task.notice_at, calendar.now()) + timedelta(hours=chance.uniform(0.5, 26))
            self.agenda.plan(at, lambda: self._confirm(life, task.id))
            return
        wanted = life.wanted(task.step)
        if wanted == LAPSED:
            life.answered[task.step] += 1
            return
        if task.step in life.character.stops:
            if task.step == "run_demo_test":
                self._in_days(life, 1, lambda: self._begin_test(life))
            return
        of_entity = task.role in OF_ENTITY
        if of_entity and (life.sleeps_in(task.stage) or task.due_at is None):
            life.waiting.add(task.id)
            return
        if task.step == "confirm_production" and not life.live:
            life.live = True
            chance = self._random_of(life)
            visits.plan_days(self.agenda, self.engine, life.entity_id, chance, self.ends)
        days = calendar.calendar_of(session, task.entity)
        pace = life.character.pace if of_entity else self._pace_of_pcm(task)
        due_at = task.due_at or calendar.now()
        if task.due_kind == "legal":
            pace = (0.0, 0.6)
        at = share_of(days, calendar.now(), due_at, pace, life.random)
        self.agenda.plan(at, lambda: self._answer(life, task.id))
        if at > self.ends and life.random.random() < DRAFTED:
            left = self.ends - calendar.now()
            began = calendar.now() + left * life.random.uniform(0.2, 0.9)
            self.agenda.plan(began, lambda: self._begin_answer(life, task.id))

    def _pace_of_pcm(self, task: Task) -> tuple[float, float]:
        entity = task.entity
        in_charge = {"sip": entity.sip_coordinator_id, "sgtd": entity.sgtd_coordinator_id}
        return self.paces.get(in_charge.get(task.role) or 0, USUAL)

    def _release(self, life: Life) -> None:
        """Answer what waited for the entity, each task at the entity's pace."""
        waiting, life.waiting = sorted(life.waiting), set()
        with open_session(self.engine, writes=False) as session:
            for task_id in waiting:
                task = session.get_one(Task, task_id)
                if task.state == "open":
                    self._plan_answer(session, life, task)

    def _in_days(self, life: Life, count: int, happening: Callable[[], None]) -> None:
        with open_session(self.engine, writes=False) as session:
            days = calendar.calendar_of(session, session.get_one(Entity, life.entity_id))
        self.agenda.plan(days_on(days, calendar.now(), count, life.random), happening)
