"""The forecast: what will be sent if nothing changes, from ladder, people and holds.

It writes nothing. Tasks that a timer will open are not included; a step that lapses has no
reminders afterwards.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.base import calendar
from app.base.calendar import SENDING_HOURS, Calendars
from app.base.definitions import definition_of
from app.base.models import Address, Deployment, Mail, ProcessInstance, Question, Reminder, Task
from app.cases.reminders import weekly
from app.cases.reminders.holds import Holds
from app.cases.reminders.ladder import Ladder, Rung
from app.cases.reminders.people import WORD_OF, People, Recipient
from app.cases.reminders.reminder_log import WENT_BACK, is_true, rows_with_tasks, state_of
from app.cases.reminders.subjects import Subject, key_of

_IS_DEAD = Address.dead_at.is_not(None)
#: The key of a row of the reminder log: task or question, due date, rung, person.
Key = tuple[tuple[str, int], date, str, str]


@dataclass(frozen=True)
class Planned:
    """A future row of the reminder log, or one that waits, on the day of its digest.

    `state` is "waiting" if it will be sent; otherwise the reason why not, as in the reminder log.
    """

    day: date
    #: Either the task or the question that it is about.
    task_id: int | None
    due_on: date
    rung: str
    person: str
    #: The capacity of the recipient: a key of CAPACITIES.
    recipient: str
    mail_kind: str
    state: str
    question_id: int | None = None

    @property
    def about(self) -> tuple[str, int]:
        """What identifies its task or question (see `subjects.key_of`)."""
        return ("task", self.task_id) if self.task_id else ("question", self.question_id or 0)

    @property
    def key(self) -> Key:
        """Its key in the reminder log."""
        return self.about, self.due_on, self.rung, self.person


def forecast(
    session: Session, start: date, working_days: int = 30, *, entity_id: int | None = None
) -> list[Planned]:
    """Return what will be sent in a number of working days from `start` on (today or later).

    It covers all entities, or one. Rows that will reach no person are included; their `state` says
    so.
    """
    end = calendar.calendar_of(session, None).add(start - timedelta(days=1), working_days)
    seen = _Foresight(session, end, entity_id)
    return sorted(
        (one for one in seen.planned() if start <= one.day <= end),
        key=lambda one: (one.day, one.task_id or 0, one.question_id or 0, one.rung, one.person),
    )


class _Foresight:
    """The days until an end as the job will find them, if only the days change."""

    def __init__(self, session: Session, end: date, entity_id: int | None) -> None:
        self._session = session
        self._holds = Holds.standing(session)
        self._working = calendar.calendar_of(session, None)
        self._today = calendar.today()
        # One day more: rows that are written after the last day's digest are sent then.
        self._days = list(self._days_of_sending(end + timedelta(days=31)))
        self._end = end
        self._of_one = entity_id is not None
        of_entity = [Task.entity_id == entity_id] if entity_id is not None else []
        of_questions = [Question.entity_id == entity_id] if entity_id is not None else []
        self._tasks: list[Subject] = [
            *_open_tasks(session, *of_entity),
            *_waiting_questions(session, *of_questions),
        ]
        tasks = select(Task.id).where(Task.state == "open", *of_entity)
        questions = select(Question.id).where(Question.state == "waiting", *of_questions)
        self._rows = rows_with_tasks(
            session,
            Reminder.state == "waiting",
            Reminder.mail_kind != WENT_BACK,
            or_(Reminder.task_id.in_(tasks), Reminder.question_id.in_(questions)),
        )
        every = [*self._tasks, *(row.about for row in self._rows)]
        self._people = People(session, [task.entity for task in every])
        self._dead = set(session.scalars(select(Address.address).where(_IS_DEAD)))
        self._free: dict[tuple[str, str, str], list[date]] = {}
        self._sent_today = set(
            session.scalars(select(Mail.person).where(Mail.digest_on == self._today))
        )
        self._entered = _keys(session)

    def planned(self) -> Iterator[Planned]:
        """Yield what will be sent up to the end, in no order."""
        for part in (self._waiting(), self._rungs(), self._weeks()):
            yield from part

    def _days_of_sending(self, end: date) -> Iterator[date]:
        """Yield the days on which the job runs; today only before its last hour."""
        over = calendar.now().astimezone(calendar.LIMA).time() >= SENDING_HOURS[1]
        day = self._today + timedelta(days=1) if over else self._today
        while day <= end:
            if self._working.works(day) and not self._holds.closes(day):
                yield day
            day += timedelta(days=1)

    def _plan(self, day: date, task: Subject, rung: Rung, one: Recipient) -> Iterator[Planned]:
        """Yield a row unless it is logged: on that day, or on the next if today's mail was sent."""
        if task.due_at is None:
            return
        if day == self._today and one.person in self._sent_today:
            day = next(later for later in self._days if later > day)
        due_on = calendar.last_day(task.due_at)
        is_task = isinstance(task, Task)
        planned = Planned(
            day=day,
            state=state_of(one, self._dead, self._holds.muted(day)),
            task_id=task.id if is_task else None,
            question_id=None if is_task else task.id,
            due_on=due_on,
            rung=rung.name,
            person=one.person,
            recipient=one.word,
            mail_kind=rung.mail_kind,
        )
        if planned.key not in self._entered:
            self._entered.add(planned.key)
            yield planned

    def _waiting(self) -> Iterator[Planned]:
        """Yield rows that wait for a digest, for the person who is in that place by then."""
        for row in self._rows:
            task = row.about
            if not is_true(row):
                continue
            days = iter(self._days_of(task, since=None))
            day = next(days, None)
            if day == self._today and row.person in self._sent_today:
                day = next(days, None)
            if day is None:
                continue
            rung = Rung(row.rung, day, row.mail_kind, (WORD_OF.get(row.recipient, row.recipient),))
            one = self._people.find(task, row.recipient, row.person, day)
            for other in [one] if one else self._people.recipients(task, rung.words, day):
                if other.person:
                    self._entered.discard((key_of(task), row.due_on, row.rung, row.person))
                    yield from self._plan(day, task, rung, other)

    def _rungs(self) -> Iterator[Planned]:
        """Yield the newest rung of each task on each day on which the ladder reads it."""
        ladder, calendars = Ladder.in_force(self._session), calendar.calendars(self._session)
        lapses = _Lapses(self._session)
        for task in self._tasks:
            working, last = calendars.of(task.entity), lapses.last_day(task, calendars)
            days = self._days_of(task, since=task.reminded_on)
            newest: dict[date, Rung] = {}
            for rung in ladder.rungs(task, working, task.reminded_on, self._end):
                place = bisect_left(days, max(rung.day, self._today))
                if place < len(days):
                    newest[days[place]] = rung
            for day, rung in newest.items():
                if day <= self._end and (last is None or day <= last):
                    for one in self._people.recipients(task, rung.words, day):
                        yield from self._plan(day, task, rung, one)

    def _days_of(self, task: Subject, since: date | None) -> Sequence[date]:
        """Return the days of sending after a day (None: all) on which the task is not held."""
        key = self._holds.key(task)
        if key not in self._free:
            self._free[key] = [day for day in self._days if not self._holds.holds(task, day)]
        days = self._free[key]
        return days if since is None else days[bisect_right(days, since) :]

    def _weeks(self) -> Iterator[Planned]:
        """Yield the summaries of the weeks."""
        if not self._people.holders("secretary", None):
            return
        done: set[str] = set()
        by_key = {key_of(task): task for task in self._tasks}
        for day in self._days:
            name = weekly.rung_of(day)
            if day > self._end or name in done or day < weekly.first_day(self._working, day):
                continue
            if self._session.scalar(select(weekly.is_written(day))):
                done.add(name)
                continue
            tasks = [by_key[key] for key in self._week(day) if key in by_key]
            due = [task for task in tasks if not self._holds.holds(task, day)]
            if due or self._of_one:  # then the steps of others are in that day's digest
                done.add(name)
            week = Rung(name, day, "weekly", ("secretary",))
            for task in due:
                for one in self._people.recipients(task, week.words, day):
                    yield from self._plan(day, task, week, one)

    def _week(self, day: date) -> Iterator[tuple[str, int]]:
        """Yield the keys of what the summary of a day's week has."""
        tasks = select(Task.id).join(Task.instance).where(weekly.condition(self._working, day))
        for task_id in self._session.scalars(tasks.order_by(Task.id)):
            yield "task", task_id
        questions = select(Question.id).where(weekly.condition_of_questions(self._working, day))
        for question_id in self._session.scalars(questions.order_by(Question.id)):
            yield "question", question_id


def _open_tasks(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.entity)
        .where(
            Task.state == "open",
            ProcessInstance.status == "running",
            Task.due_at.is_not(None),
            *conditions,
        )
        .options(contains_eager(Task.instance), contains_eager(Task.entity))
        .order_by(Task.id)
    ).all()


def _waiting_questions(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Question]:
    return session.scalars(
        select(Question)
        .where(Question.state == "waiting", *conditions)
        .options(joinedload(Question.entity), joinedload(Question.task))
        .order_by(Question.id)
    ).all()


def _keys(session: Session) -> set[Key]:
    """Return the keys of open subjects in the log, except of rows that may wait again."""
    rest = (Reminder.due_on, Reminder.rung, Reminder.person)
    counts = Reminder.state != "answered"
    found: set[Key] = set()
    of_tasks = select(Reminder.task_id, *rest).join(Reminder.task).where(Task.state == "open")
    for task_id, due_on, rung, person in session.execute(of_tasks.where(counts)):
        found.add((("task", task_id or 0), due_on, rung, person))
    of_questions = select(Reminder.question_id, *rest).join(Reminder.question)
    waiting = of_questions.where(Question.state == "waiting", counts)
    for question_id, due_on, rung, person in session.execute(waiting):
        found.add((("question", question_id or 0), due_on, rung, person))
    return found


class _Lapses:
    """The last days of steps whose term a timer ends, by version of the diagrams."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._timers: dict[int, Mapping[str, int | None]] = {}

    def last_day(self, task: Subject, calendars: Calendars) -> date | None:
        """Return the last day on which a task is open; None if no timer ends it."""
        if isinstance(task, Question):
            return None
        version = task.instance.deployment_id
        if version not in self._timers:
            self._timers[version] = self._read(version)
        if task.step not in self._timers[version] or task.due_at is None:
            return None
        timer = self._timers[version][task.step]
        if timer is None or task.counted_on is None or task.term_days is None:
            return calendar.last_day(task.due_at)
        days = task.term_days + task.added_days + timer - task.regular_days
        return calendars.of(task.entity).add(task.counted_on, days)

    def _read(self, version: int) -> Mapping[str, int | None]:
        """Return step → the working days of its timer; None: the moment of its due date."""
        definition = definition_of(self._session.get_one(Deployment, version))
        return {
            host: definition.counting_timers.get(event)
            for event, host in definition.hosts.items()
            if host in definition.user_tasks
        }
