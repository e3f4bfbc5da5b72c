"""The verdict on the desks: the entries and exits that they received as recorded, against the
register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Visit, VisitVersion
from app.register.facts.declared import FACTS, SUBJECT
from app.register.visits import writing


@dataclass(frozen=True)
class Confirmed:
    """The confirmations that the desks received: form → visit code of each entry, and the codes of
    the exits.
    """

    entries: Mapping[str, str]
    exits: Set[str]


@dataclass(frozen=True)
class Verdict:
    """The last line of the drill, and the figures behind it."""

    entered: int
    visits: int
    lost: int
    twice: int
    killed: int
    faults: Sequence[str] = ()

    def __str__(self) -> str:
        return (
            f"drill: {self.entered} entered, {self.visits} visits, {self.lost} lost, "
            f"{self.twice} twice, {self.killed} killed"
        )

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.entered + other.entered,
            self.visits + other.visits,
            self.lost + other.lost,
            self.twice + other.twice,
            self.killed + other.killed,
            (*self.faults, *other.faults),
        )

    @property
    def is_good(self) -> bool:
        """Condition: each form is one visit, each visit is of one form, and the numbers agree."""
        wrong = self.lost or self.twice or self.faults
        return not wrong and self.visits == self.entered


def verdict(session: Session, confirmed: Confirmed, killed: int) -> Verdict:
    """Compare the register, where only the desks recorded, with the confirmations that they
    received.
    """
    visits = session.scalars(select(Visit).order_by(Visit.id)).all()
    of_form = Counter(form_of(visit) for visit in visits)
    form_of_code = {visit.code: form_of(visit) for visit in visits}
    lost = [form for form, code in confirmed.entries.items() if form_of_code.get(code) != form]
    left = {visit.code for visit in visits if visit.exit_state == "left"}
    faults = [f"{code}: its exit is lost" for code in sorted(confirmed.exits - left)]
    faults += [f"{code}: nobody recorded an exit" for code in sorted(left - confirmed.exits)]
    return Verdict(
        entered=len(confirmed.entries),
        visits=len(visits),
        lost=len(lost),
        twice=sum(times > 1 for times in of_form.values()),
        killed=killed,
        faults=(*faults, *inconsistent(session)),
    )


def form_of(visit: Visit) -> str:
    """Return the form of a visit: the part of its submission key before the hash of the values."""
    return (visit.submission or "").rpartition("-")[0]


def inconsistent(session: Session) -> Iterator[str]:
    """Yield visits whose versions are not numbered 1, 2 … n, or whose row differs from the newest
    version.
    """
    rows = select(VisitVersion).order_by(VisitVersion.visit_id, VisitVersion.number)
    versions = {
        visit_id: list(several)
        for visit_id, several in groupby(session.scalars(rows), lambda one: one.visit_id)
    }
    for visit in session.scalars(select(Visit).order_by(Visit.id)):
        several = versions.pop(visit.id, [])
        if [one.number for one in several] != list(range(1, visit.versions + 1)):
            yield f"{visit.code}: {visit.versions} versions, {[one.number for one in several]}"
            continue
        row = {name: getattr(visit, name) for name in (*FACTS, *SUBJECT)}
        newest = several[-1]
        if newest.facts != writing.facts_of(row):
            yield f"{visit.code}: its row is not what its newest version says"
        if newest.subject is None or newest.subject.data != {name: row[name] for name in SUBJECT}:
            yield f"{visit.code}: its row is not what its newest version says of persons"
        acts = Counter(one.act for one in several)
        yield from (
            f"{visit.code}: {times} times {act}" for act, times in acts.items() if times > 1
        )
    yield from (f"versions of a visit that is not there: {visit_id}" for visit_id in versions)
