"""The terms of the open steps of a case that moves to another version.

Legal terms never move. Other terms follow the table of the version from their own start, with the
days added to them, and end no earlier than the end of the next working day. A step that is late
stays as it is, unless the version gives it time. The timers on a step follow its date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Task
from app.cases.processes.act import Act
from workflows.decisions import decide_one
from workflows.definition import Definition

LEGAL = "legal"
#: Starts of terms whose days are not those of the step's own row of the table.
OTHER_STARTS = frozenset({"resumed", "presenting", "correcting"})


@dataclass(frozen=True)
class NewTerm:
    """The term of an open step on the version: the values of its task.

    `term_days`, `regular_days`: working days. `moves`: whether its date is another one.
    """

    task: Task
    term_days: int | None
    regular_days: int
    basis: str
    due_at: datetime | None
    #: Whether timers on the step may have to move, too.
    moves_timers: bool

    @property
    def moves(self) -> bool:
        """Whether people see another date."""
        return self.due_at != self.task.due_at

    def timer(self, definition: Definition, element: str, working: Calendar) -> datetime | None:
        """Return when a timer on the step fires; None while the term does not run."""
        task, own = self.task, definition.counting_timers.get(element)
        if self.due_at is None or own is None or task.counted_on is None or self.term_days is None:
            return self.due_at
        days = self.term_days + task.added_days + own - self.regular_days
        return calendar.end_of(working.add(task.counted_on, days))


def earliest(working: Calendar, now: datetime) -> date:
    """Return the first day on which a term or timer that moves may end: the next working day."""
    return working.add(calendar.lima_day(now), 1)


def new_term(
    task: Task, old: Definition, new: Definition, working: Calendar, now: datetime
) -> NewTerm:
    """Return the term of an open step on another version, as of `now` (UTC)."""
    was, row = (decide_one(one, "deadlines", {"step": task.step}) for one in (old, new))
    regular = task.regular_days
    others = _counting(old, task.step) != _counting(new, task.step)
    if task.due_kind == LEGAL or not (was and row) or row["kind"] == LEGAL:
        pinned = _pinned(task, old, new, regular)
        return NewTerm(task, task.term_days, pinned, task.due_basis, task.due_at, False)
    days = _days(task, int(was["days"]), int(row["days"]))
    at = task.due_at
    if at is not None and days != task.term_days:
        days, at = _ahead(task, days, working, now)
    moved = days != task.term_days
    regular = int(row["days"]) if moved else regular
    regular = (
        min([regular, *_bounds(task, new, days, working, now)]) if others or moved else regular
    )
    return NewTerm(task, days, regular, row["basis"], at, others or moved)


def _days(task: Task, was: int, now: int) -> int | None:
    if task.term_days is None or was == now:
        return task.term_days
    if task.counted_from in OTHER_STARTS:
        return max(task.term_days + now - was, 1)
    return now


def _ahead(
    task: Task, days: int | None, working: Calendar, now: datetime
) -> tuple[int | None, datetime | None]:
    """Return the days of a term that runs, and its end, which is never before the earliest one."""
    if task.counted_on is None or days is None or task.due_at is None:
        return task.term_days, task.due_at
    first, last = earliest(working, now), working.add(task.counted_on, days + task.added_days)
    if last >= first:
        return days, calendar.end_of(last)
    if task.due_at <= now:
        return task.term_days, task.due_at
    return working.between(task.counted_on, first) - task.added_days, calendar.end_of(first)


def _counting(definition: Definition, step: str) -> dict[str, int]:
    """Return the timers on a step that count days themselves: id → working days."""
    return {
        element: days
        for element, days in definition.counting_timers.items()
        if definition.hosts.get(element) == step
    }


def _bounds(
    task: Task, new: Definition, days: int | None, working: Calendar, now: datetime
) -> list[int]:
    """Return the regular days with which no timer on a step ends before the earliest day."""
    if task.counted_on is None or days is None:
        return []
    needed = working.between(task.counted_on, earliest(working, now))
    return [days + task.added_days + own - needed for own in _counting(new, task.step).values()]


def _pinned(task: Task, old: Definition, new: Definition, regular: int) -> int:
    """Return the regular days with which the timers on a step stay where they are."""
    was, own = _counting(old, task.step), _counting(new, task.step)
    return regular + max((own[key] - was[key] for key in own.keys() & was.keys()), default=0)


@lru_cache(maxsize=64)
def timer_texts(definition: Definition) -> Mapping[str, str]:
    """Return the expressions of all timers by id."""
    nodes = (node for drawing in definition.drawings for node in drawing.nodes)
    return {node.id: node.timer for node in nodes if node.timer}


def give(act: Act, term: NewTerm) -> None:
    """Write a new term into its task, and move the timers on its step. The case is on the version.

    Timers that wait for a set day stay.
    """
    task, working = term.task, act.case.calendar
    task.term_days, task.regular_days, task.due_basis = (
        term.term_days,
        term.regular_days,
        term.basis,
    )
    if term.moves:
        task.move_due(term.due_at, act.case.at)
        task.next_reminder_at = calendar.calendar_of(act.session, None).next_sending(act.case.at)
    if term.moves_timers:
        first = calendar.end_of(earliest(working, act.case.at))
        texts = timer_texts(act.definition)
        on_step = {w.element for w in act.engine.waiting() if w.host == task.step}
        for element in sorted(one for one in on_step if "day_of(" not in texts[one]):
            at = term.timer(act.definition, element, working)
            if at is not None:
                act.engine.reschedule(element, max(at, first))
