"""The effects of a change of the calendar, computed from the table before and after it.

A term is stored as working days after a day, and is counted again; a timer on a step moves with
the step. Other timers that count working days (a stage's follow-up, its pauses) have no term: such
a timer keeps its number of remaining working days, so that a day in the past moves none. A timer
that waits for a set day (a session, a training, the day of going live) keeps that day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from flask import current_app
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload, undefer

from app.base import calendar, formatting
from app.base.calendar import Calendar, Decreed
from app.base.definitions import definition_of
from app.base.models import Entity, Filing, NonWorkingDay, ProcessInstance, Question, Task
from app.cases.processes import notification
from app.cases.processes.terms import due_dates
from workflows import state

logger = logging.getLogger(__name__)

#: Scope of a non-working day → the condition on Entity: it is in that place.
IN_PLACE: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "national": lambda _: true(),
    "region": lambda place: Entity.department == place,
    "entity": lambda place: Entity.code == place,
}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """Non-working days that are added, or removed."""

    added: tuple[NonWorkingDay, ...] = ()
    removed: tuple[NonWorkingDay, ...] = ()

    @property
    def days(self) -> tuple[NonWorkingDay, ...]:
        """All its days."""
        return self.added + self.removed

    @property
    def concerns(self) -> ColumnElement[bool]:
        """Return the condition on Entity: one of the days applies there."""
        return or_(*(IN_PLACE[day.scope](day.place) for day in self.days))

    def norms(self, entity: Entity, first: date, last: date) -> str:
        """Return the norms of the days that apply to an entity between two days, as text."""
        norms = calendar.days_for(self.days, entity).items()
        return formatting.listed(sorted({norm for on, norm in norms if first <= on <= last}))


@dataclass(frozen=True)
class Moved:
    """The number of open terms that end on another day, and the number of their entities.

    The term of a question that waits for an answer is one of them.
    """

    terms: int = 0
    entities: int = 0


@dataclass(frozen=True)
class Move:
    """The new dates of an open term."""

    task: Task
    was_at: datetime
    was_counted_on: date
    counted_on: date
    added_days: int
    due_at: datetime

    @property
    def is_seen(self) -> bool:
        """Whether people see another date."""
        return self.due_at != self.was_at


@dataclass(frozen=True)
class Waiting:
    """The new dates of a notice without a receipt."""

    task: Task
    #: The moments from which its mail may be sent, and from which paper is due.
    notice_at: datetime | None
    paper_at: datetime | None


class CalendarEffects:
    """The effects of a change of the calendar, from the table before and after it."""

    def __init__(self, session: Session, change: Change) -> None:
        self.session = session
        self.change = change
        gone = {(day.on, day.scope, day.place) for day in change.removed}
        self._before: Sequence[Decreed] = calendar.decreed_everywhere(session)
        stay = (row for row in self._before if (row.on, row.scope, row.place) not in gone)
        self._after: Sequence[Decreed] = (*stay, *change.added)
        self._cut_off: time = current_app.config["CUT_OFF"]
        self._now = calendar.now()
        self._terms = self._open_terms()

    def _calendars(self, entity: Entity) -> tuple[Calendar, Calendar]:
        """Return an entity's calendar before and after."""
        return (
            Calendar(frozenset(calendar.days_for(self._before, entity))),
            Calendar(frozenset(calendar.days_for(self._after, entity))),
        )

    # Terms

    def moves(self) -> list[Move]:
        """Return the moves of the open terms that the change affects, by instance and task."""
        received = self._received()
        found = (self._move(task, received.get(task.instance_id)) for task in self._terms)
        return [move for move in found if move]

    def _open_terms(self) -> Sequence[Task]:
        """Return the open tasks whose term runs, of the entities concerned, with their entities."""
        return self.session.scalars(
            select(Task)
            .join(Task.entity)
            .join(Task.instance)
            .where(Task.state == "open", Task.due_at.is_not(None), self.change.concerns)
            .options(contains_eager(Task.entity), contains_eager(Task.instance))
            .order_by(Task.instance_id, Task.id)
            .execution_options(populate_existing=True)
        ).all()

    def _received(self) -> dict[int, datetime]:
        """Return when the filings under review were received, by instance."""
        reviews = {task.instance_id for task in self._terms if task.counted_from == "reception"}
        rows = self.session.execute(
            select(Filing.instance_id, Filing.received_at).where(
                Filing.instance_id.in_(reviews), Filing.closed_at.is_(None), Filing.rounds == 0
            )
        )
        return {instance_id: at for instance_id, at in rows if at}

    def _move(self, task: Task, received_at: datetime | None) -> Move | None:
        old, new = self._calendars(task.entity)
        if old == new or not (task.due_at and task.counted_on and task.term_days is not None):
            return None
        counted_on = task.counted_on
        if task.counted_from == "notification":
            counted_on = self._came_on(task.notified_at, counted_on, old, new)
        elif task.counted_from == "reception":
            counted_on = self._came_on(received_at, counted_on, old, new)
        days, added = task.term_days, task.added_days
        last = new.add(counted_on, days + added)
        if last == old.add(task.counted_on, days + added):
            return None
        here = self._last_call(task.instance, task.due_at, calendar.end_of(last), new)
        if here:
            added, last = added + new.between(last, here), here
        return Move(
            task=task,
            was_at=task.due_at,
            was_counted_on=task.counted_on,
            counted_on=counted_on,
            added_days=added,
            due_at=calendar.end_of(last),
        )

    def _notice_at(self, task: Task, at: datetime, old: Calendar, new: Calendar) -> datetime | None:
        """Return when the mail of a legal notice may be sent, if it still waits for that moment."""
        if at <= self._now or at != old.next_sending(task.opened_at):
            return at
        return max(new.next_sending(task.opened_at), new.next_sending(self._now))

    def notices(self) -> list[Waiting]:
        """Return the notices without a receipt that the change moves, of the entities concerned."""
        tasks = self.session.scalars(
            select(Task)
            .join(Task.entity)
            .join(Task.instance)
            .where(*notification.NOT_NOTIFIED, self.change.concerns)
            .options(contains_eager(Task.entity), contains_eager(Task.instance))
            .order_by(Task.id)
        )
        return [moved for task in tasks if (moved := self._waiting(task))]

    def _waiting(self, task: Task) -> Waiting | None:
        old, new = self._calendars(task.entity)
        notice_at, paper_at = task.notice_at, task.paper_at
        if notice_at and task.notice_sent_at is None:
            notice_at = self._notice_at(task, notice_at, old, new)
        if paper_at:
            here_at = task.instance.suspended_at or self._now
            paper_at = as_many_left(paper_at, here_at, old, new)
        if (notice_at, paper_at) == (task.notice_at, task.paper_at):
            return None
        return Waiting(task, notice_at, paper_at)

    def _came_on(
        self, came_at: datetime | None, counted_on: date, old: Calendar, new: Calendar
    ) -> date:
        """Return the day that starts a term: a day off counts as the next working day."""
        if not came_at or old.counted_on(came_at, self._cut_off) != counted_on:
            return counted_on
        return new.counted_on(came_at, self._cut_off)

    def _last_call(
        self, row: ProcessInstance, was_at: datetime, new_at: datetime, working: Calendar
    ) -> date | None:
        """Return the end of today for a date that was ahead and would be over: it stays ahead."""
        here_at = row.suspended_at or self._now
        if not was_at > here_at >= new_at:
            return None
        return working.on_or_after(calendar.lima_day(here_at))

    # Questions

    @cached_property
    def questions(self) -> Sequence[Question]:
        """The questions that wait for an answer, of the entities concerned, with their entities."""
        return self.session.scalars(
            select(Question)
            .join(Question.entity)
            .where(Question.state == "waiting", self.change.concerns)
            .options(contains_eager(Question.entity))
            .order_by(Question.id)
        ).all()

    def moved_questions(self) -> list[Question]:
        """Return the questions whose last day moves."""
        return [question for question in self.questions if self._moves(question)]

    def _moves(self, question: Question) -> bool:
        _, new = self._calendars(question.entity)
        last = new.add(question.counted_on, question.term_days)
        return question.due_at is not None and question.due_at != calendar.end_of(last)

    # Timers

    def timers(self, moved: Collection[int]) -> dict[int, dict[str, datetime]]:
        """Return the timers that move after the terms (`moved`: task ids), by instance, element.

        They are read from the stored state: instances that do not move are not loaded.
        """
        at_steps = {(task.instance_id, task.step): task for task in self._terms}
        found: dict[int, dict[str, datetime]] = {}
        for row in self._instances():
            for element, at in _stored_timers(row).items():
                host = definition_of(row.deployment).hosts.get(element)
                task = at_steps.get((row.id, host)) if host else None
                if task:
                    new_at = self._on_a_step(row, task, element, at, task.id in moved)
                else:
                    new_at = at if host else self._by_itself(row, element, at)
                if new_at != at:
                    found.setdefault(row.id, {})[element] = new_at
        return found

    def _instances(self) -> Iterator[ProcessInstance]:
        """Yield the running or suspended instances of the entities concerned, with their state."""
        return self.session.scalars(
            select(ProcessInstance)
            .join(ProcessInstance.entity)
            .where(ProcessInstance.ended_at.is_(None), self.change.concerns)
            .options(
                contains_eager(ProcessInstance.entity),
                joinedload(ProcessInstance.deployment),
                undefer(ProcessInstance.state),
            )
            .order_by(ProcessInstance.id)
        )

    def _on_a_step(
        self, row: ProcessInstance, task: Task, element: str, at: datetime, moved: bool
    ) -> datetime:
        definition = definition_of(row.deployment)
        if not moved and element not in definition.counting_timers:
            return at
        _, new = self._calendars(row.entity)
        new_at = due_dates.timer_of(definition, task, element, new) or at
        here = self._last_call(row, at, new_at, new)
        return calendar.end_of(here) if here else new_at

    def _by_itself(self, row: ProcessInstance, element: str, at: datetime) -> datetime:
        """Return the new moment of a timer that is not on a step: it moves if it counts days."""
        if element not in definition_of(row.deployment).counting_timers:
            return at
        return as_many_left(at, row.suspended_at or self._now, *self._calendars(row.entity))


def _stored_timers(row: ProcessInstance) -> Mapping[str, datetime]:
    try:
        return state.timers(row.state)
    except state.UnknownState:
        logger.exception("the timers of instance %s stay as they are", row.id)
        return {}


def as_many_left(at: datetime, here_at: datetime, old: Calendar, new: Calendar) -> datetime:
    """Return the moment before which as many working days end after `here_at` as before `at`.

    The time of day stays. If no working day ends before `at`, it stays as it is.
    """
    left = old.ended_between(here_at, at)
    yesterday = calendar.lima_day(here_at) - ONE_DAY
    return at + (new.add(yesterday, left) - old.add(yesterday, left))
