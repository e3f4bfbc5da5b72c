"""The ladder: which mail a day is for, by `reminders.dmn` of the version in force.

Days are counted in the entity's calendar, and only its working days have rungs: the PCM works on
all of these, so that a mail can go out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Task
from app.cases.reminders.people import party_of
from workflows.decisions import decide_one
from workflows.definition import Definition

ARRIVAL = "arrival"
#: How many working days ahead, and late, the next rung is looked for: a year.
FAR = 250


@dataclass(frozen=True)
class Rung:
    """What the table says for a day: its name in the ledger, the mail, and whom it reaches."""

    name: str
    day: date
    mail_kind: str
    words: tuple[str, ...]


class Ladder:
    """One version's table; its answers are kept, for it is asked the same thousands of times."""

    _kept: tuple[str, Ladder] | None = None

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._answers: dict[tuple[int, int, str], tuple[str, tuple[str, ...]] | None] = {}

    @classmethod
    def in_force(cls, session: Session) -> Ladder:
        """The ladder of the version in force. Raises NothingDeployed."""
        deployment = in_force(session)
        if cls._kept is None or cls._kept[0] != deployment.hash:
            cls._kept = deployment.hash, cls(definition_of(deployment))
        return cls._kept[1]

    def ask(self, days_left: int, days_open: int, party: str) -> tuple[str, tuple[str, ...]] | None:
        """The mail and the words of its recipients; None where the table has no row."""
        key = (days_left, days_open, party)
        if key not in self._answers:
            inputs = {"days_left": days_left, "days_open": days_open, "party": party}
            row = decide_one(self._definition, "reminders", inputs)
            self._answers[key] = (row["mail"], tuple(row["recipients"].split())) if row else None
        return self._answers[key]

    def newest(self, task: Task, working: Calendar, after: date | None, upto: date) -> Rung | None:
        """The last rung of the days after `after` (None: since it came) up to and with `upto`.

        Whoever looks late sends that one alone.
        """
        return next(self._rungs(task, working, after, upto, backwards=True), None)

    def rungs(
        self, task: Task, working: Calendar, after: date | None, upto: date
    ) -> Iterator[Rung]:
        """All of them, in order."""
        return self._rungs(task, working, after, upto)

    def next_day(self, task: Task, working: Calendar, after: date) -> date | None:
        """The first day after `after` that has a rung; None where there is none any more."""
        if task.due_at is None:
            return None
        end = working.add(max(after, calendar.last_day(task.due_at)), FAR)
        rung = next(self._rungs(task, working, after, end), None)
        return rung.day if rung else None

    def _rungs(
        self,
        task: Task,
        working: Calendar,
        after: date | None,
        upto: date,
        *,
        backwards: bool = False,
    ) -> Iterator[Rung]:
        """Working days are counted, not walked: so many open, and what is left of the term."""
        if task.due_at is None:
            return
        came, party = came_on(task, working), party_of(task)
        if upto < came:
            return
        term = working.between(came, calendar.last_day(task.due_at))
        first = 0 if after is None or after < came else working.between(came, after) + 1
        last = working.between(came, upto)
        opened = range(last, first - 1, -1) if backwards else range(first, last + 1)
        for days_open in opened:
            if days_open == 0 and task.due_kind == "legal":
                continue  # a legal term comes with a mail of its own
            answer = self.ask(term - days_open, days_open, party)
            if answer is not None:
                name = str(term - days_open) if days_open else ARRIVAL
                yield Rung(name, working.add(came, days_open), *answer)


def came_on(task: Task, working: Calendar) -> date:
    """The working day on which a task came to its people; a legal term when it was notified.

    One that came back and keeps its term came when they had it first.
    """
    if task.due_kind == "legal" and task.counted_on is not None:
        return task.counted_on
    return working.on_or_after(task.had_since_on or calendar.lima_day(task.opened_at))
