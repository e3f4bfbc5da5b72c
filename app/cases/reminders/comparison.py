"""Two ladders side by side: what each would send in the next working days.

Both are forecast from the same reading of the database, by the code that forecasts and sends. Of
the rows only counts are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.definitions import in_force
from app.base.models import Entity
from app.cases.reminders.forecast import Foresight, Planned
from app.cases.reminders.ladder import TABLE, Ladder
from workflows.definition import Definition

#: How many working days are compared, from the next hour of sending on.
AHEAD = 30
#: The kind of the summary of a week, which no ladder changes.
WEEKLY = "weekly"
#: How many entities are named.
NAMED = 10


@dataclass
class Amount:
    """What a ladder sends on a day, or on all: digests, and the reminders in them.

    A person gets one digest a day; it has a reminder for each step, or question, that reaches them.
    The summary of the week counts as one, however many steps it lists.
    """

    mails: int = 0
    reminders: int = 0
    #: The reminders by kind of mail, and by capacity of the recipient (a key of CAPACITIES).
    kinds: Counter[str] = field(default_factory=Counter)
    capacities: Counter[str] = field(default_factory=Counter)
    #: Rows of the reminder log that will reach no person: muted, unsubscribed, without an address.
    unreached: int = 0

    def add(self, other: Amount) -> None:
        """Add the amounts of another day."""
        self.mails += other.mails
        self.reminders += other.reminders
        self.unreached += other.unreached
        self.kinds.update(other.kinds)
        self.capacities.update(other.capacities)


@dataclass(frozen=True)
class Outlook:
    """What one ladder sends in the days that are compared."""

    days: Mapping[date, Amount]
    total: Amount
    #: Reminders whose day on the ladder is before the first day: nobody was reminded then. They are
    #: in the first digest of their person.
    caught_up: int
    #: The most reminders in one digest, and about one entity on one day.
    most_of_person: int
    most_of_entity: int

    @property
    def fullest(self) -> date:
        """The first of the days with the most mails."""
        return max(self.days, key=lambda day: self.days[day].mails)


@dataclass(frozen=True)
class Difference:
    """The reminders about an entity by the ladder in force and by the other one."""

    entity: Entity
    now: int
    then: int
    #: The first day with more reminders than now; None if there is none.
    more_from: date | None


@dataclass(frozen=True)
class Comparison:
    """The ladder in force (`now`) and another one (`then`) on the same working days."""

    days: Sequence[date]
    now: Outlook
    then: Outlook
    #: How many entities get more reminders, and fewer, in all these days.
    more: int
    fewer: int
    #: How many get their first one, where now there is none; and how many get none any more.
    begin: int
    cease: int
    #: The entities with the largest differences, the largest first.
    largest: Sequence[Difference]

    @property
    def is_even(self) -> bool:
        """Whether both send the same counts on each day."""
        return self.now == self.then and not self.largest


def is_same(session: Session, definition: Definition) -> bool:
    """Return whether a version has the ladder in force, letter by letter. Raise NothingDeployed."""
    return in_force(session).texts.get(TABLE) == definition.texts.get(TABLE)


def compare(session: Session, definition: Definition, working_days: int = AHEAD) -> Comparison:
    """Compare the ladder in force with that of a version, if it were put into force now.

    It takes the working days from the next hour of sending on. Terms are as they are: those of
    another `deadlines.dmn` do not move open tasks. Raise NothingDeployed.
    """
    working = calendar.calendar_of(session, None)
    start = calendar.lima_day(working.next_sending(calendar.now()))
    days = [working.add(start - timedelta(days=1), ahead + 1) for ahead in range(working_days)]
    seen = Foresight(session, days[-1])
    now = _Tally(days, seen.planned(Ladder.in_force(session)))
    then = _Tally(days, seen.planned(Ladder(definition)))
    sums = {one: (now.of_entity(one), then.of_entity(one)) for one in now.entities | then.entities}
    changed = {one: (before, after) for one, (before, after) in sums.items() if before != after}
    largest = sorted(changed, key=lambda one: (-abs(changed[one][1] - changed[one][0]), one))
    return Comparison(
        days=days,
        now=now.outlook(),
        then=then.outlook(),
        more=sum(after > before for before, after in changed.values()),
        fewer=sum(after < before for before, after in changed.values()),
        begin=sum(before == 0 for before, _ in changed.values()),
        cease=sum(after == 0 for _, after in changed.values()),
        largest=_named(session, largest[:NAMED], now, then),
    )


def _named(session: Session, ids: Sequence[int], now: _Tally, then: _Tally) -> Sequence[Difference]:
    found = {one.id: one for one in session.scalars(select(Entity).where(among(Entity.id, ids)))}
    return [
        Difference(
            entity=found[one],
            now=now.of_entity(one),
            then=then.of_entity(one),
            more_from=next((d for d in now.days if then.about[one, d] > now.about[one, d]), None),
        )
        for one in ids
    ]


class _Tally:
    """The counts of a plan: as many as persons, entities and days, not as rows."""

    def __init__(self, days: Sequence[date], planned: Iterable[Planned]) -> None:
        self.days = days
        self._of_days = {day: Amount() for day in days}
        #: The reminders that reach a person: by entity and day, and by person and day.
        self.about: Counter[tuple[int, date]] = Counter()
        self._to: Counter[tuple[str, date]] = Counter()
        self._summaries: set[tuple[str, date]] = set()
        self._sums: Counter[int] = Counter()
        self._caught_up = 0
        for one in planned:
            if one.day in self._of_days:
                self._count(one)

    def _count(self, one: Planned) -> None:
        amount = self._of_days[one.day]
        if one.state != "waiting":
            amount.unreached += 1
            return
        key = one.person, one.day
        if one.mail_kind == WEEKLY:
            if key in self._summaries:
                return
            self._summaries.add(key)
        else:
            self.about[one.entity_id, one.day] += 1
            self._sums[one.entity_id] += 1
            self._caught_up += one.rung_on < self.days[0]
        amount.mails += key not in self._to
        amount.reminders += 1
        amount.kinds[one.mail_kind] += 1
        amount.capacities[one.recipient] += 1
        self._to[key] += 1

    @property
    def entities(self) -> set[int]:
        """The ids of the entities that are reminded of something."""
        return set(self._sums)

    def of_entity(self, entity_id: int) -> int:
        """Return the number of reminders about an entity."""
        return self._sums[entity_id]

    def outlook(self) -> Outlook:
        """Return what is counted, as a whole."""
        total = Amount()
        for amount in self._of_days.values():
            total.add(amount)
        return Outlook(
            days=self._of_days,
            total=total,
            caught_up=self._caught_up,
            most_of_person=max(self._to.values(), default=0),
            most_of_entity=max(self.about.values(), default=0),
        )
