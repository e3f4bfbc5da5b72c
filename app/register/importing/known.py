"""What a register already holds of a file: its own rows of another time, and the same visits."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Register, Visit
from app.register.facts import keys

#: How submissions of imported rows begin.
PREFIX = "past:"

#: Codes that the database is asked of at once.
AT_ONCE = 500

Place = tuple[date, str, str, str]


class Known:
    """Tells which rows of a file are in the register already.

    A row is known by day, minute, visitor, official and document, and by how many alike came
    before it in its file: so the same file twice adds nothing, nor what two files share. And a
    visit that came another way (recorded at the desk, or imported from a file with masked
    numbers) is the same where all that agrees, as far as both say it. A row out of a file of ours
    names its visit by its code.
    """

    def __init__(self, session: Session, register: Register) -> None:
        self.session = session
        self.register_id = register.id
        #: Rows that imports brought; one that was corrected since is still the same row.
        self.brought = frozenset(
            session.scalars(
                select(Visit.submission).where(
                    Visit.register_id == register.id, Visit.submission.startswith(PREFIX)
                )
            )
        )
        self.alike: Counter[tuple[Place, str]] = Counter()
        self.others: defaultdict[Place, list[str]] = defaultdict(list)
        self.first: date | None = None
        self.last: date | None = None

    def sort_out(self, visits: Sequence[dict[str, Any]], codes: Sequence[str] = ()) -> list[bool]:
        """Whether each of these is there; all get their `submission`. In the file's order.

        `codes` are those of visits of ours that their rows say they are, "" for none.
        """
        places = [_place(visit) for visit in visits]
        for visit, place in zip(visits, places, strict=True):
            visit["submission"] = self._submission(place, visit["document_number"])
        self._load({place[0] for place in places})
        ours = self._ours(codes)
        named = [code in ours for code in codes] or [False] * len(visits)
        there = [
            is_named or visit["submission"] in self.brought
            for visit, is_named in zip(visits, named, strict=True)
        ]
        for visit, place, is_there in zip(visits, places, there, strict=True):
            if is_there:
                self._is_another(place, visit["document_number"])  # stands for this row alone
        return [
            is_there or self._is_another(place, visit["document_number"])
            for visit, place, is_there in zip(visits, places, there, strict=True)
        ]

    def _ours(self, codes: Sequence[str]) -> set[str]:
        """Which of these codes are of visits of this register."""
        wanted = sorted(set(codes) - {""})
        found: set[str] = set()
        for start in range(0, len(wanted), AT_ONCE):
            some = Visit.code.in_(wanted[start : start + AT_ONCE])
            query = select(Visit.code).where(Visit.register_id == self.register_id, some)
            found |= set(self.session.scalars(query))
        return found

    def _submission(self, place: Place, number: str) -> str:
        alike = (place, number)
        self.alike[alike] += 1
        told = "\0".join((*map(str, place), number, str(self.alike[alike])))
        return PREFIX + hashlib.sha256(told.encode()).hexdigest()[:40]

    def _is_another(self, place: Place, number: str) -> bool:
        """Whether a visit of the register is this one; each stands for one row alone."""
        numbers = self.others.get(place)
        if not numbers:
            return False
        agreeing = [held for held in numbers if _agree(held, number)]
        if not agreeing:
            return False
        numbers.remove(number if number in agreeing else agreeing[0])
        return True

    def _load(self, days: set[date]) -> None:
        """Reads the register's visits from the first of these days to the last, each day once.

        Always before a visit of those days is written: what this file brings is not among them.
        """
        if not days:
            return
        first, last = min(days), max(days)
        if self.first is None or self.last is None:
            self._read(first, last)
            self.first, self.last = first, last
            return
        if first < self.first:
            self._read(first, self.first - timedelta(days=1))
            self.first = first
        if last > self.last:
            self._read(self.last + timedelta(days=1), last)
            self.last = last

    def _read(self, first: date, last: date) -> None:
        after = calendar.midnight(last + timedelta(days=1))
        rows = self.session.execute(
            select(
                Visit.visit_on,
                Visit.entry_at,
                Visit.visitor_name,
                Visit.official_name,
                Visit.document_number,
            ).where(
                Visit.register_id == self.register_id,
                Visit.rank >= keys.first_rank(calendar.midnight(first)),
                Visit.rank < keys.first_rank(after),
            )
        )
        for day, entry_at, visitor, official, number in rows:
            place = (day, _minute(entry_at), plain(visitor), plain(official))
            self.others[place].append(number)


def _place(visit: dict[str, Any]) -> Place:
    """Where and whom: what a visit is known by, but for its document."""
    return (
        visit["visit_on"],
        _minute(visit["entry_at"]),
        plain(visit["visitor_name"]),
        plain(visit["official_name"]),
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment.astimezone(calendar.LIMA):%H:%M}" if moment else ""


def _agree(one: str, other: str) -> bool:
    """Whether two numbers can be of one document; one may lack, or be masked."""
    if not one or not other or one == other:
        return True
    if "*" in one or "*" in other:
        return len(one) == len(other) and one[-3:] == other[-3:]
    return False
