"""The report on a file: counts, the first rows that need a look, and every row as a table.

A report never says who came: a row is its number and a sentence.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any

from app.register.importing.judging import Judged
from app.register.importing.sentences import text_of

#: Rows that a page shows.
SHOWN = 200
#: Number, outcome, and the codes of the remarks.
Row = tuple[int, str, tuple[str, ...]]


class Report:
    """Collects the rows of one file. `table` is a CSV with all of them; the page has the first."""

    def __init__(self, unknown: Sequence[str] = (), known: Sequence[tuple[str, str]] = ()) -> None:
        #: Headings of columns that are not read; and of those that are, with the label of the
        #: column.
        self.unknown, self.columns = unknown, known
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.first_on: date | None = None
        self.last_on: date | None = None
        self._rows: list[Row] = []
        #: The few combinations of remarks, each stored once for all its rows.
        self._ways: dict[tuple[str, ...], tuple[str, ...]] = {}

    def refused(self, row: Judged) -> None:
        """Add a row that is no visit of this register."""
        self._note(row.number, "refused", row.codes)

    def there(self, row: Judged) -> None:
        """Add a visit that the register has already."""
        self._note(row.number, "there", ["there"])

    def taken(self, row: Judged) -> None:
        """Add a visit that is imported."""
        self._note(row.number, "remarked" if row.codes else "taken", row.codes)
        if row.visit is not None:
            day: date = row.visit["visit_on"]
            self.first_on = min(self.first_on or day, day)
            self.last_on = max(self.last_on or day, day)

    def _note(self, number: int, outcome: str, codes: list[str]) -> None:
        self.outcomes[outcome] += 1
        self.codes.update(codes)
        remarks = tuple(codes)
        self._rows.append((number, outcome, self._ways.setdefault(remarks, remarks)))

    @property
    def visits(self) -> int:
        """The number of imported visits."""
        return self.outcomes["taken"] + self.outcomes["remarked"]

    @property
    def rows(self) -> int:
        """The number of rows of the file."""
        return self.outcomes.total()

    @property
    def is_of_others(self) -> bool:
        """Whether the file is another entity's: every row says so."""
        return 0 < self.rows == self.codes["other_entity"]

    def table(self, outcomes: Mapping[str, str]) -> bytes:
        """Return all rows as CSV; `outcomes` are the texts of the plan or of the result."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("Fila", "Resultado", "Detalle"))
        sentences = {codes: text_of(codes) for codes in self._ways}
        for number, outcome, codes in self._rows:
            writer.writerow((number, outcomes[outcome], sentences[codes]))
        return text.getvalue().encode("utf-8-sig")

    def summary(self) -> dict[str, Any]:
        """Return the summary to store: counts, and the first rows to check, refused ones first."""
        refused = islice((row for row in self._rows if row[1] == "refused"), SHOWN)
        others = (row for row in self._rows if row[1] not in ("refused", "taken"))
        shown = islice(chain(refused, others), SHOWN)
        return {
            "unknown": self.unknown,
            "columns": self.columns,
            "outcomes": dict(self.outcomes),
            "codes": dict(self.codes),
            "first_on": self.first_on.isoformat() if self.first_on else "",
            "last_on": self.last_on.isoformat() if self.last_on else "",
            "shown": sorted(shown),
        }
