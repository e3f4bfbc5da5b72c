"""Tables pasted into a box, from a spreadsheet or written with semicolons, or read from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import IO, Any

from forms.drafts import AUTOSAVE, Pair, Unusable
from forms.fields import LongTextField, tables
from forms.fields.rules import tidy_line
from forms.fields.sheets import as_text

#: Limits of a file whose rows go into a box.
LIMITS = tables.Limits(
    megabytes=5,
    rows=2000,
    advice="Divídelo en partes.",
    unpacked=60 * tables.MEGABYTE,
    tags=2_000_000,
    old_excel=True,
)


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


class TableField(PastedField):
    """Lines of cells that can also come from a file: its rows go into the box, below the others.

    There they are read, corrected and sent like pasted ones, in the same order of columns. The
    inputs of the page are `<name>`, the box, and `<name>-file`.
    """

    kind = "table"

    @staticmethod
    def read_upload(name: str, stream: IO[bytes]) -> str:
        """Return the rows of a file as lines. Raises `tables.Unreadable`.

        Call it before a transaction begins.
        """
        content = stream.read(LIMITS.megabytes * tables.MEGABYTE + 1)
        tables.check(content, name, LIMITS)
        lines = [[_cell(cell) for cell in cells] for _, cells in tables.rows(content, LIMITS)]
        lines = [line for line in lines if any(line)]
        if not lines:
            raise tables.Unreadable("El archivo no tiene ninguna fila. Elige otro.")
        blank = min(next(n for n, text in enumerate(line) if text) for line in lines)
        return pasted_pairs(line[blank:] for line in lines)

    def absorb(
        self, posted: Any, uploads: Any, draft: Any, keep: Callable[[Any], Any]
    ) -> list[Pair]:
        """Return the text of the box, with the rows of a file. Raises `Unusable`."""
        typed = [(self.name, text) for text in posted.getlist(self.name)]
        upload = uploads.get(f"{self.name}-file")
        if upload is None or not upload.filename or posted.get("action") == AUTOSAVE:
            return typed
        try:
            rows = tables.rows_of(upload, str, self.read_upload)
        except tables.Unreadable as fault:
            raise Unusable(self.name, str(fault), typed) from None
        text = posted.get(self.name, "")
        return [(self.name, "\n".join(filter(None, (text.strip("\r\n"), rows))))]


def _cell(cell: tables.Cell) -> str:
    """Return a cell as one line without tabs; a day as dd/mm/yyyy."""
    text = f"{cell:%d/%m/%Y}" if isinstance(cell, date) else as_text(cell)
    return tidy_line(text.replace("\n", " ").replace("\t", " "))


def without_headings(
    rows: Sequence[tuple[int, list[str]]], is_heading: Callable[[list[str]], bool]
) -> list[tuple[int, list[str]]]:
    """Return the rows of a box without the headings of the tables in it."""
    return [(number, row) for number, row in rows if not is_heading(row)]


def some_of(faults: list[str], most: int = 5) -> str:
    """Return several errors as one message: the first ones, and how many more there are."""
    more = len(faults) - most
    return " ".join(faults[:most]) + (f" Hay {more} más." if more > 0 else "")


def pasted_pairs(rows: Any) -> str:
    """Return rows of cells as text for a `PastedField`."""
    return "\n".join("\t".join(str(cell) for cell in row) for row in rows)
