"""The parts of a file that a register already holds: rows of an earlier import, the same visits."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Register, Visit
from app.register.facts import keys
from app.register.suppression import marks
from app.register.suppression.marks import Place

#: Codes of one database query.
AT_ONCE = 500


class Known:
    """Finds the rows of a file that are in the register already.

    A row is identified by day, minute, visitor, official and document, and by how many equal rows
    came before it in its file: so importing a file twice adds nothing, and neither do rows that two
    files share. A visit that came another way (recorded at the desk, or imported from a file with
    masked numbers) is the same where all of that agrees, as far as both have it. A row of a file
    from this installation names its visit by its code. Rows of a visit whose visitor was suppressed
    are there, too: nothing brings them back.
    """

    def __init__(self, session: Session, register: Register) -> None:
        self.session = session
        self.register_id = register.id
        #: Imported rows; one that was corrected since is still the same row.
        self.brought = frozenset(
            session.scalars(
                select(Visit.submission).where(
                    Visit.register_id == register.id, Visit.submission.startswith(marks.IMPORTED)
                )
            )
        )
        #: Of suppressed visits (see `marks`); read after each reading of visits.
        self.suppressed: frozenset[str] = frozenset()
        self.alike: Counter[tuple[Place, str]] = Counter()
        self.others: defaultdict[Place, list[str]] = defaultdict(list)
        self.first: date | None = None
        self.last: date | None = None

    def sort_out(self, visits: Sequence[dict[str, Any]], codes: Sequence[str] = ()) -> list[bool]:
        """Return whether each visit is in the register, in the file's order.

        Set the `submission` of all visits. `codes` are the codes of visits of this installation
        that the rows name, "" for none.
        """
        places = [marks.place_of(visit) for visit in visits]
        for visit, place in zip(visits, places, strict=True):
            visit["submission"] = self._submission(place, visit["document_number"])
        self._load({place[0] for place in places})
        ours = self._ours(codes)
        named = [code in ours for code in codes] or [False] * len(visits)
        there = [
            is_named or visit["submission"] in self.brought or self._is_suppressed(visit, place)
            for visit, place, is_named in zip(visits, places, named, strict=True)
        ]
        for visit, place, is_there in zip(visits, places, there, strict=True):
            if is_there:
                self._is_another(place, visit["document_number"])  # stands for this row alone
        return [
            is_there or self._is_another(place, visit["document_number"])
            for visit, place, is_there in zip(visits, places, there, strict=True)
        ]

    def _is_suppressed(self, visit: dict[str, Any], place: Place) -> bool:
        return bool(self.suppressed) and (
            marks.of_submission(visit["submission"]) in self.suppressed
            or marks.of_place(place) in self.suppressed
        )

    def _ours(self, codes: Sequence[str]) -> set[str]:
        """Return which of these codes are of visits of this register."""
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
        identity = "\0".join((*map(str, place), number, str(self.alike[alike])))
        return marks.IMPORTED + hashlib.sha256(identity.encode()).hexdigest()[:40]

    def _is_another(self, place: Place, number: str) -> bool:
        """Return whether a visit of the register is this one; each matches one row only."""
        numbers = self.others.get(place)
        if not numbers:
            return False
        agreeing = [held for held in numbers if _agree(held, number)]
        if not agreeing:
            return False
        numbers.remove(number if number in agreeing else agreeing[0])
        return True

    def _load(self, days: set[date]) -> None:
        """Read the register's visits from the first of these days to the last, each day once.

        Always before a visit of those days is written: the visits of this file are not among them.
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
            place = marks.place_of(
                {
                    "visit_on": day,
                    "entry_at": entry_at,
                    "visitor_name": visitor,
                    "official_name": official,
                }
            )
            self.others[place].append(number)
        # After the visits: a suppression that ends between both is found here.
        self.suppressed = marks.of_register(self.session, self.register_id)


def _agree(one: str, other: str) -> bool:
    """Return whether two numbers can be of one document; one may be missing or masked."""
    if not one or not other or one == other:
        return True
    if "*" in one or "*" in other:
        return len(one) == len(other) and one[-3:] == other[-3:]
    return False
