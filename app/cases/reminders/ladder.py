"""The ladder: the mail of each day, by `reminders.dmn` of the version in force.

Days are counted in the entity's calendar, and only its working days have rungs: the PCM works on
all of these, so a mail can be sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.definitions import definition_of, in_force
from app.cases.reminders.people import party_of
from app.cases.reminders.subjects import Subject, came_on, has_own_mail
from workflows.decisions import decide_one
from workflows.definition import Definition

ARRIVAL = "arrival"
#: The next rung is searched this many working days ahead, and late: a year.
FAR = 250


@dataclass(frozen=True)
class Rung:
    """A row of the table for a day: its name in the reminder log, the mail, and its recipients."""

    name: str
    day: date
    mail_kind: str
    words: tuple[str, ...]


class Ladder:
    """The table of one version; its results are cached, because the same are read very often."""

    _cached: tuple[str, Ladder] | None = None

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._answers: dict[tuple[int, int, str], tuple[str, tuple[str, ...]] | None] = {}

    @classmethod
    def in_force(cls, session: Session) -> Ladder:
        """Return the ladder of the version in force. Raise NothingDeployed."""
        deployment = in_force(session)
        if cls._cached is None or cls._cached[0] != deployment.hash:
            cls._cached = deployment.hash, cls(definition_of(deployment))
        return cls._cached[1]

    def decide(
        self, days_left: int, days_open: int, party: str
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the mail and the words of its recipients; None if the table has no row."""
        key = (days_left, days_open, party)
        if key not in self._answers:
            inputs = {"days_left": days_left, "days_open": days_open, "party": party}
            row = decide_one(self._definition, "reminders", inputs)
            self._answers[key] = (row["mail"], tuple(row["recipients"].split())) if row else None
        return self._answers[key]

    def newest(
        self, task: Subject, working: Calendar, after: date | None, upto: date
    ) -> Rung | None:
        """Return the last rung after the day `after` (None: since it came), up to and with `upto`.

        A late run sends only that one.
        """
        return next(self._rungs(task, working, after, upto, backwards=True), None)

    def rungs(
        self, task: Subject, working: Calendar, after: date | None, upto: date
    ) -> Iterator[Rung]:
        """Yield all of them, in order."""
        return self._rungs(task, working, after, upto)

    def next_day(self, task: Subject, working: Calendar, after: date) -> date | None:
        """Return the first day after `after` that has a rung; None if there is none any more."""
        if task.due_at is None:
            return None
        end = working.add(max(after, calendar.last_day(task.due_at)), FAR)
        rung = next(self._rungs(task, working, after, end), None)
        return rung.day if rung else None

    def _rungs(
        self,
        task: Subject,
        working: Calendar,
        after: date | None,
        upto: date,
        *,
        backwards: bool = False,
    ) -> Iterator[Rung]:
        """Yield rungs by arithmetic on working days: the days open, and the days left."""
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
            if days_open == 0 and has_own_mail(task):
                continue
            answer = self.decide(term - days_open, days_open, party)
            if answer is not None:
                name = str(term - days_open) if days_open else ARRIVAL
                yield Rung(name, working.add(came, days_open), *answer)
