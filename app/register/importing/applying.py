"""The dry run and the import: the same rows, judged the same way, reported or written.

Nothing here commits: an import is one transaction, whole or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import DatedRule, Entity, PostHolder, Register, Site
from app.register.importing.judging import Judge
from app.register.importing.known import Known
from app.register.importing.reading import Line
from app.register.importing.reporting import Report
from app.register.importing.summing import own_of
from app.register.registers import empty_days, environments
from app.register.visits import writing

#: Rows that are looked up at once.
BATCH = 2000


class Rows(Protocol):
    """A file, or the part of it that is of one entity."""

    @property
    def unknown(self) -> Sequence[str]:
        """The headings of columns that are not read."""

    @property
    def known(self) -> Sequence[tuple[str, str]]:
        """Each heading that is read, with the label of its column."""

    def lines(self) -> Iterator[Line]:
        """Yield its rows. Raises reading.Unreadable."""


def lock_of(register: Register) -> str:
    """Return the lock that every import into a register holds (`db.in_turn`)."""
    return f"past:{register.id}"


def check(
    session: Session, register: Register, export: Rows, *, source: str, at: datetime
) -> Report:
    """Run the import of this file without writing, and report it. Raises reading.Unreadable."""
    report = Report(unknown=export.unknown, known=export.known)
    for _ in _taken(session, register, export, source, at, report):
        pass
    return report


def bring_in(
    session: Session,
    register: Register,
    export: Rows,
    *,
    source: str,
    at: datetime,
    by_id: int | None,
    cut_off_on: date | None = None,
) -> Report:
    """Import a file, and report it. Raise reading.Unreadable; then the caller must not commit.

    `cut_off_on`: the last day that an export of many entities covers.
    """
    report = Report(unknown=export.unknown, known=export.known)
    rows = _taken(session, register, export, source, at, report, cut_off_on)
    days: set[date] = set()
    writing.add_all(session, register, _noting(rows, days), act="import", at=at, by_id=by_id)
    for day in empty_days.declared(session, register) & days:
        empty_days.had_visit(session, register, day, actor_id=by_id, at=at)
    return report


def _noting(rows: Iterator[dict[str, Any]], days: set[date]) -> Iterator[dict[str, Any]]:
    for row in rows:
        days.add(row["visit_on"])
        yield row


def _taken(
    session: Session,
    register: Register,
    export: Rows,
    source: str,
    at: datetime,
    report: Report,
    cut_off_on: date | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the visits to write, in the file's order; every row goes into the report."""
    entity = session.get_one(Entity, register.entity_id)
    judge = Judge(own_of(entity), at, _PublicNames(session))
    completing = _Completing(session, register, source, cut_off_on)
    known = Known(session, register)
    lines = export.lines()
    while batch := [judge.judge(line) for line in islice(lines, BATCH)]:
        good = [row for row in batch if row.visit]
        there = iter(
            known.sort_out([row.visit for row in good if row.visit], [row.code for row in good])
        )
        for row in batch:
            if row.visit is None:
                report.refused(row)
            elif next(there):
                report.there(row)
            else:
                report.taken(row)
                yield completing.completed(row.visit)


class _PublicNames:
    """The entities of the catalogue, by name and acronym; read when a row needs them.

    A baseline imports hundreds of entities one after the other, and most rows do not.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @cached_property
    def _names(self) -> frozenset[str]:
        rows = self.session.execute(select(Entity.name, Entity.acronym))
        return frozenset(_plain(text) for row in rows for text in row if text)


_plain = lru_cache(maxsize=8192)(plain)


class _Completing:
    """Adds the register's data to a visit of a file."""

    def __init__(
        self, session: Session, register: Register, source: str, cut_off_on: date | None
    ) -> None:
        self.source, self.cut_off_on = source, cut_off_on
        self.audience = environments.audience(register)
        self.posts: defaultdict[tuple[str, ...], list[PostHolder]] = defaultdict(list)
        for official in session.scalars(
            select(PostHolder).where(PostHolder.register_id == register.id)
        ):
            self.posts[_in_any_order(official.full_name)].append(official)
        self.sites = set(session.scalars(select(Site.name).where(Site.register_id == register.id)))
        self.norms = session.execute(
            select(DatedRule.from_on, DatedRule.norm)
            .where(DatedRule.name == "late_entry")
            .order_by(DatedRule.from_on.desc())
        ).all()

    def completed(self, visit: dict[str, Any]) -> dict[str, Any]:
        """Return the whole visit, as `writing.add_all` takes it."""
        day: date = visit["visit_on"]
        site, dash, place = visit["place"].partition(" - ")
        if (dash or visit["place"]) and site in self.sites:
            visit["site"], visit["place"] = site, place
        visit["official_id"] = self._official_id(visit["official_name"], day)
        visit["norm_version"] = next((norm for from_on, norm in self.norms if from_on <= day), "")
        visit["audience"] = self.audience
        visit["source"], visit["cut_off_on"] = self.source, self.cut_off_on
        return visit

    def _official_id(self, name: str, day: date) -> int | None:
        """Return the official, where exactly one of that name was in office that day."""
        posts = self.posts.get(_in_any_order(name), ()) if self.posts else ()
        held = [
            post.id
            for post in posts
            if post.from_on <= day and (post.to_on is None or day <= post.to_on)
        ]
        return held[0] if len(held) == 1 else None


def _in_any_order(name: str) -> tuple[str, ...]:
    """Return a name independent of the order of names and surnames."""
    return tuple(sorted(plain(name).split()))
