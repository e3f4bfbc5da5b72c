"""What a file's rows come to: counts, the first that need a look, and every row as a table.

Nothing in a report tells who came: a row is its number and a sentence.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from datetime import date
from typing import IO, Any

from app.visits.past.judging import Judged
from app.visits.past.sentences import OUTCOMES, told

#: Rows that a page shows.
SHOWN = 200
MEGABYTE = 1024 * 1024


class Report:
    """Gathers the rows of one file. `table` is a CSV with all of them; the page has the first."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.first_on: date | None = None
        self.last_on: date | None = None
        self._refused: list[tuple[int, str, list[str]]] = []
        self._others: list[tuple[int, str, list[str]]] = []
        self._bytes: IO[bytes] = tempfile.SpooledTemporaryFile(MEGABYTE)  # noqa: SIM115
        self._text = io.TextIOWrapper(self._bytes, "utf-8-sig", newline="")
        self._table = csv.writer(self._text)
        self._table.writerow(("Fila", "Resultado", "Detalle"))

    def refused(self, row: Judged) -> None:
        """A row that is no visit of this register."""
        self._note(row.number, "refused", row.codes)

    def there(self, row: Judged) -> None:
        """A visit that the register has already."""
        self._note(row.number, "there", ["there"])

    def taken(self, row: Judged) -> None:
        """A visit that is imported."""
        self._note(row.number, "remarked" if row.codes else "taken", row.codes)
        if row.visit is not None:
            day: date = row.visit["visit_on"]
            self.first_on = min(self.first_on or day, day)
            self.last_on = max(self.last_on or day, day)

    def _note(self, number: int, outcome: str, codes: list[str]) -> None:
        self.outcomes[outcome] += 1
        self.codes.update(codes)
        shown = self._refused if outcome == "refused" else self._others
        if outcome != "taken" and len(shown) < SHOWN:
            shown.append((number, outcome, codes))
        self._table.writerow((number, OUTCOMES[outcome], told(codes)))

    @property
    def visits(self) -> int:
        """How many visits are imported."""
        return self.outcomes["taken"] + self.outcomes["remarked"]

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return self.outcomes.total()

    @property
    def is_of_others(self) -> bool:
        """Whether the file is another entity's: every row says so."""
        return 0 < self.rows == self.codes["other_entity"]

    def table(self) -> IO[bytes]:
        """All rows as CSV, from its beginning."""
        self._text.flush()
        self._bytes.seek(0)
        return self._bytes

    def summary(self) -> dict[str, Any]:
        """What is kept of it: counts, and the first rows that need a look, refused ones before."""
        shown = sorted((*self._refused, *self._others[: SHOWN - len(self._refused)]))
        return {
            "outcomes": dict(self.outcomes),
            "codes": dict(self.codes),
            "first_on": self.first_on.isoformat() if self.first_on else "",
            "last_on": self.last_on.isoformat() if self.last_on else "",
            "shown": shown,
        }
