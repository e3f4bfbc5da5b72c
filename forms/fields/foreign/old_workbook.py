"""A sheet of an Excel 97-2003 workbook (.xls) as rows of values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from forms.fields.foreign.bounds import Cell, Damaged, Row


def rows(content: bytes, sheet: str = "") -> Iterator[Row]:
    """Yield the rows of a sheet that are not empty: of the sheet with that name, or the first.

    The library allocates memory for every cell up to the last one; the limits of the process
    contain that. Raises Damaged.
    """
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = book.sheet_names
            if not names:
                return
            chosen = book.get_sheet_by_name(sheet if sheet in names else names[0])
            for number, cells in enumerate(chosen.iter_rows(), 1):
                found = [_value(cell) for cell in cells]
                if any(cell is not None for cell in found):
                    yield number, found
    except (CalamineError, OSError, ValueError) as fault:
        raise Damaged from fault


def _value(cell: Any) -> Cell:
    """Return a cell's value; a duration as its text."""
    value: Cell = None if cell == "" else str(cell) if isinstance(cell, timedelta) else cell
    return value
