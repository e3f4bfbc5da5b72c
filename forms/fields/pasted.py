"""Tables pasted into a box: from a spreadsheet, or written with semicolons."""

from __future__ import annotations

from typing import Any

from forms.fields import LongTextField
from forms.fields.rules import tidy_line


def tidy_table(value: str) -> str:
    """Apply `rules.tidy_line` to each cell; tabs stay, because they separate cells."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tidied = ["\t".join(tidy_line(cell) for cell in line.split("\t")) for line in lines]
    return "\n".join(line if line.strip() else "" for line in tidied).strip("\n")


def cells(line: str, most: int) -> list[str]:
    """Return the cells of a line, split at tabs, otherwise at semicolons, `most` at most.

    The last cell holds the rest of the line.
    """
    mark = "\t" if "\t" in line else ";"
    return [cell.strip() for cell in line.split(mark, most - 1)]


class PastedField(LongTextField):
    """Lines of cells; `rows()` returns those that are not empty, with their numbers from 1."""

    tidy = staticmethod(tidy_table)

    def rows(self, most: int) -> list[tuple[int, list[str]]]:
        """Return the cells of each line, at most `most` of them."""
        lines = enumerate((self.data or "").split("\n"), 1)
        return [(number, cells(line, most)) for number, line in lines if line.strip()]


def some_of(faults: list[str], most: int = 5) -> str:
    """Return several errors as one message: the first ones, and how many more there are."""
    more = len(faults) - most
    return " ".join(faults[:most]) + (f" Hay {more} más." if more > 0 else "")


def pasted_pairs(rows: Any) -> str:
    """Return rows of cells as text for a `PastedField`."""
    return "\n".join("\t".join(str(cell) for cell in row) for row in rows)
