"""The secretary's week: late and due steps of the PCM by coordinator, and pending signatures.

A question that waits for an answer of the PCM counts as a step of its coordinator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, literal, not_, or_, select

from app.base import calendar, formatting
from app.base.calendar import Calendar
from app.base.models import Entity, Grant, ProcessInstance, Question, Reminder, Task
from app.base.urls import external_url
from app.cases.custody import PARTY_NAMES, PCM
from app.cases.reminders import wording
from app.cases.reminders.subjects import Subject, key_of, name_of

#: The number of steps named per coordinator, the latest first.
NAMED = 3
#: The number of signatures named.
MOST = 50


@dataclass(frozen=True)
class Owed:
    """A step: its name, its entity, its due date in words, its page."""

    name: str
    entity: str
    due: str
    link: str


@dataclass(frozen=True)
class InCharge:
    """The steps of a coordinator: their number, and the latest by name."""

    name: str
    amount: str
    latest: tuple[Owed, ...]


@dataclass(frozen=True)
class Weekly:
    """The summary of a week."""

    monday: date
    subject: str
    to_sign: tuple[Owed, ...]
    #: The number of signatures that are not named.
    more_to_sign: int
    in_charge: tuple[InCharge, ...]


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def rung_of(day: date) -> str:
    """Return the name of a week's summary in the reminder log."""
    return f"week {monday_of(day).isoformat()}"


def is_weekly(row: Reminder) -> bool:
    """Return whether a row of the reminder log belongs to a weekly summary."""
    return row.rung.startswith("week ")


def first_day(working: Calendar, day: date) -> date:
    """Return the day on which the summary of a day's week is sent: its first working day.

    In a week without one, a day of a later week.
    """
    return working.on_or_after(monday_of(day))


def condition(working: Calendar, day: date) -> ColumnElement[bool]:
    """Return the condition for a week's summary, on Task joined with ProcessInstance.

    The PCM's steps that are late or due by the end of the week, and all that wait for the
    secretary; as of the week's first hour of sending, so that later steps make no summary if there
    was none to send. `working` is the PCM's calendar.
    """
    begins, ends = _window(working, day)
    return and_(
        Task.state == "open",
        Task.role.in_(PCM),
        ProcessInstance.status == "running",
        Task.due_at.is_not(None),
        Task.opened_at < begins,
        or_(Task.due_at <= ends, Task.role == "secretary"),
    )


def condition_of_questions(working: Calendar, day: date) -> ColumnElement[bool]:
    """Return the condition for a week's summary on Question: as `condition` on Task."""
    begins, ends = _window(working, day)
    return and_(
        Question.state == "waiting", Question.waiting_since_at < begins, Question.due_at <= ends
    )


def tasks(working: Calendar, day: date) -> Select[int]:
    """Select the tasks of the week's summary, unless it was written, or has no reader."""
    week = condition(working, day)
    return select(Task.id).join(Task.instance).where(week, *_is_to_write(working, day))


def questions(working: Calendar, day: date) -> Select[int]:
    """Select the questions of the week's summary, like its tasks."""
    week = condition_of_questions(working, day)
    return select(Question.id).where(week, *_is_to_write(working, day))


def is_written(day: date) -> ColumnElement[bool]:
    """Return the condition that the summary of a day's week was written.

    It is written in that week, so earlier rows of the reminder log are not read.
    """
    monday = calendar.midnight(monday_of(day))
    return exists().where(Reminder.created_at >= monday, Reminder.rung == rung_of(day))


def _is_to_write(working: Calendar, day: date) -> list[ColumnElement[bool]]:
    """Return the conditions under which a week's summary is written: once, if it has a reader."""
    return [
        not_(is_written(day)),
        exists().where(Grant.role == "secretary", Grant.until_at.is_(None)),
        literal(day >= first_day(working, day)),
    ]


def _window(working: Calendar, day: date) -> tuple[datetime, datetime]:
    """Return the first hour of sending of a day's week, and the end of the week."""
    begins = calendar.at_hour(first_day(working, day), calendar.SENDING_HOURS[0])
    return begins, calendar.midnight(monday_of(day) + timedelta(days=7))


def weekly_of(
    rows: Sequence[Reminder], calendar_for: Callable[[Entity], Calendar], day: date
) -> Weekly:
    """Return the summary from the rows of one person and week, as of a day."""
    monday = date.fromisoformat(max(row.rung for row in rows).removeprefix("week "))
    to_sign: list[tuple[int, Subject]] = []
    in_charge: dict[str, list[tuple[int, Subject]]] = defaultdict(list)
    for row in rows:
        task = row.about
        if task.due_at is None:
            continue
        days_left = calendar_for(task.entity).between(day, calendar.last_day(task.due_at))
        if task.role == "secretary":
            to_sign.append((days_left, task))
        else:
            in_charge[_in_charge_of(task)].append((days_left, task))
    owed = [one for several in in_charge.values() for one in several]
    ranked = sorted(in_charge.items(), key=lambda one: (-_late(one[1]), one[0]))
    return Weekly(
        monday=monday,
        subject=_subject(monday, len(to_sign), owed),
        to_sign=_named(to_sign, MOST, "tareas"),
        more_to_sign=max(0, len(to_sign) - MOST),
        in_charge=tuple(
            InCharge(name, _amount(steps), _named(steps, NAMED)) for name, steps in ranked
        ),
    )


def _in_charge_of(task: Subject) -> str:
    entity, party = task.entity, PARTY_NAMES[task.role].heading
    user = entity.sip_coordinator if task.role == "sip" else entity.sgtd_coordinator
    return f"{user.full_name}, {party}" if user else f"Sin coordinador a cargo, {party}"


def _late(steps: Iterable[tuple[int, Subject]]) -> int:
    return sum(days_left < 0 for days_left, _ in steps)


def _amount(owed: Sequence[tuple[int, Subject]]) -> str:
    """Return `12 pasos y 1 consulta con atraso, y 3 pasos vencen esta semana`."""
    late = [one for one in owed if one[0] < 0]
    due = [one for one in owed if one[0] >= 0]
    verb = "vence" if len(due) == 1 else "vencen"
    if not late:
        return f"{_counted(due)} {verb} esta semana"
    text = f"{_counted(late)} con atraso"
    if not due:
        return text
    if len({isinstance(about, Question) for _, about in owed}) == 1:
        return f"{text} y {formatting.number(len(due))} {verb} esta semana"
    return f"{text}, y {_counted(due)} {verb} esta semana"


def _counted(owed: Sequence[tuple[int, Subject]]) -> str:
    questions = sum(isinstance(about, Question) for _, about in owed)
    return wording.amount(len(owed) - questions, questions)


def _subject(monday: date, to_sign: int, owed: Sequence[tuple[int, Subject]]) -> str:
    parts = []
    if to_sign:
        parts.append(f"{formatting.plural(to_sign, 'firma', 'firmas')} por dar")
    if owed:
        parts.append(_amount(owed))
    return f"Semana del {formatting.day(monday)}: {', '.join(parts)}"


def _named(
    steps: list[tuple[int, Subject]], most: int, page: str = "entidades"
) -> tuple[Owed, ...]:
    steps = sorted(steps, key=lambda one: (one[0], one[1].entity.name, *key_of(one[1])))
    return tuple(
        Owed(
            name=name_of(task),
            entity=task.entity.name,
            due=formatting.due(days_left),
            link=_link(task, page),
        )
        for days_left, task in steps[:most]
    )


def _link(about: Subject, page: str) -> str:
    if isinstance(about, Question):
        return external_url("questions.show", code=about.entity.code, number=about.id)
    if page == "tareas":
        return external_url("tasks.open_step", task_id=about.id)
    return external_url("entities.show", code=about.entity.code)
