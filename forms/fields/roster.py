"""The field for the personnel of the SIP-RVL-002, 1 to 5,000 rows.

Rows are typed one at a time, pasted, or read from a file. Every button stores everything typed,
pasted or chosen, so that nothing is lost. The inputs on the page, for a field named
`roster`:

- `roster-<column>` for one person (values to show: `field.typed`);
- `roster-paste`, a text area; `roster-file`, a file; `roster-mode`: `append` or `replace`
  (without it a file replaces the rows and a pasted table is added to them);
- buttons with `action` = `roster:roster:add`, `:paste`, `:upload`, `:edit:<n>`, `:cancel`,
  `:remove:<n>`, `:clear`, where `<n>` is a row's number, from 1.

The draft stores the rows as one JSON text under the field's name, `roster-editing` while a row
is in the inputs for correction, and `roster-rucs` if the table named the RUC of an entity.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from forms.drafts import AUTOSAVE, Pair, Unusable, is_of, place
from forms.fields.personnel import (
    BY_KEY,
    COLUMNS,
    KEYS,
    MOST,
    Column,
    Problem,
    Row,
    problems_of,
    tidy_row,
    with_defaults,
)
from forms.fields.searched import slice_of
from forms.fields.sheets import Sheet, Unreadable, read_file, read_text
from forms.fields.tables import rows_of

PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """A row as a page shows it; `cells` are its values in words, in the columns' order."""

    number: int
    row: Row
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class RosterPage:
    """One page of rows; `number` and `count` are of pages, from 1."""

    number: int
    count: int
    lines: tuple[Line, ...]


class RosterField(Field):
    """The rows: `data` is their list as entered, `complete()` the list with the defaults.

    `defaults` maps columns to the sibling fields whose value blank cells take.
    """

    kind = "roster"
    widget = HiddenInput()
    data: list[Row]
    columns: Sequence[Column] = COLUMNS
    most = MOST
    #: The rows are the whole roster, not only the people who change.
    whole = True
    #: Reads the rows of an upload (`uploads.Reader`).
    read_upload = staticmethod(read_file)

    def __init__(
        self,
        label: str | None = None,
        *,
        hint: str = "",
        defaults: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, (), description=hint, **kwargs)
        self.default_fields = defaults or {}
        self.editing: int | None = None
        #: The person in the inputs, where a page saved itself.
        self.half_typed: Row | None = None
        self.expected: Sequence[Mapping[str, Any]] = ()
        #: The RUCs that each table of the rows named, joined by a slash.
        self.tables: Set[str] = frozenset()
        self._judged: tuple[Problem, ...] | None = None

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the rows, and which of them is being corrected."""
        super().process(formdata, *args, **kwargs)
        self.data = self.data or []
        text = formdata.get(f"{self.name}-editing", "") if formdata is not None else ""
        number = place(text)
        if number and number <= len(self.data):
            self.editing = number
        cells = {key: formdata.get(f"{self.name}-{key}", "") for key in KEYS} if formdata else {}
        texts = (cells.get(key, "") for key in KEYS if not BY_KEY[key].choices)
        self.half_typed = tidy_row(cells) if any(map(str.strip, texts)) else None
        written = formdata.get(f"{self.name}-rucs", "") if formdata is not None else ""
        self.tables = frozenset(written.split())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Store the rows of the draft."""
        self.data = rows_from(valuelist[0]) if valuelist else []
        self._judged = None

    def as_pairs(self, value: Iterable[Mapping[str, str]]) -> list[Pair]:
        """Return rows as stored in the draft."""
        rows = [tidy_row(row) for row in value or ()]
        return [(self.name, text_of(rows))] if rows else []

    def _value(self) -> str:
        return text_of(self.data)

    @property
    def listed(self) -> Iterable[Mapping[str, str]]:
        """The people of the entity's roster, if the rows only change it."""
        return ()

    @property
    def rows(self) -> list[Row]:
        """The rows as entered."""
        found: list[Row] = self.data
        return found

    @property
    def defaults(self) -> dict[str, str]:
        """The values of blank cells, by column."""
        return {
            column: self._form[name].data or ""
            for column, name in self.default_fields.items()
            if name in self._form
        }

    def complete(self) -> list[Row]:
        """Return the rows with the defaults in their blank cells: the rows of the record."""
        return with_defaults(self.rows, self.defaults)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The errors of the rows."""
        if self._judged is None:
            self._judged = problems_of(self.rows, self.defaults)
        return self._judged

    @property
    def warning(self) -> str:
        """A sentence that names the `expected` persons who are not among the rows."""
        there = {(row["document_type"], row["document_number"]) for row in self.rows}
        names = [
            f"{person['given_names']} {person['surnames']}"
            for person in self.expected
            if (person["document_type"], person["document_number"]) not in there
        ]
        if not names or not self.rows:
            return ""
        if len(names) == 1:
            return (
                f"No está en la relación: {names[0]}. Agrega su fila si también usará el registro."
            )
        return (
            f"No están en la relación: {', '.join(names)}. "
            "Agrega sus filas si también usarán el registro."
        )

    @property
    def typed(self) -> Row:
        """The values of the inputs for one person: half typed, the row being corrected, or none."""
        if self.half_typed:
            return self.half_typed
        return self.rows[self.editing - 1] if self.editing else tidy_row({})

    def page_of(self, number: int, size: int = PER_PAGE) -> RosterPage:
        """Return a page of rows; a number out of range gives the nearest page."""
        page = slice_of(list(enumerate(self.rows, 1)), number, size)
        of_row: dict[int, list[Problem]] = {}
        for problem in self.problems:
            of_row.setdefault(problem.row, []).append(problem)
        return RosterPage(
            page.number,
            page.count,
            tuple(
                Line(place, row, cells_of(row), tuple(of_row.get(place, ())))
                for place, row in page.items
            ),
        )

    def pre_validate(self, form: Any) -> None:
        """Reject a table of another RUC, and rows with errors: their number, and the first."""
        self._check_ruc((getattr(form, "given", {}).get("entity") or {}).get("ruc"))
        problems = self.problems
        if not problems:
            return
        if len(problems) == 1:
            raise ValidationError(str(problems[0]))
        raise ValidationError(f"Hay {len(problems)} problemas en la relación. {problems[0]}")

    def _check_ruc(self, own: str | None) -> None:
        others = sorted(table for table in self.tables if own and own not in table.split("/"))
        if others:
            ruc = others[0].partition("/")[0]
            raise ValidationError(
                f"La tabla que subiste o pegaste dice RUC {ruc}, y el de tu entidad es {own}. "
                "Vacíala y sube la de tu entidad."
            )

    def absorb(
        self,
        posted: Any,
        uploads: Any,
        draft: Any,
        keep: Callable[[Any], Any],
    ) -> list[Pair]:
        """Return the rows after a post. Raises `Unusable` for what cannot be read."""
        if posted.get("action") == AUTOSAVE:
            return self._half_typed(posted, draft)
        rows = rows_from(draft.get(self.name) or "")
        editing = draft.get(f"{self.name}-editing", "")
        faults: list[str] = []
        rucs = frozenset(draft.get(f"{self.name}-rucs", "").split())
        act = Action.of(posted.get("action", ""), self.name, len(rows))
        if act.word in ("remove", "clear", "cancel", "edit"):
            rows, editing = act.apply(rows)
        else:
            rows, editing = self._typed_in(rows, editing, posted, act.word)
            sheet, faults = self._read_in(_as_sheet(rows, rucs), posted, uploads)
            rows, rucs = sheet, sheet.rucs
        pairs = [(self.name, text_of(rows))] if rows else []
        pairs += [(f"{self.name}-rucs", " ".join(sorted(rucs)))] if rows and rucs else []
        pairs += [(f"{self.name}-editing", editing)] if editing else []
        if faults:
            raise Unusable(self.name, " ".join(faults), pairs)
        return pairs

    def _half_typed(self, posted: Any, draft: Any) -> list[Pair]:
        """Return the rows of the draft as they are, and the person who is being typed."""
        cells = [f"{self.name}-{key}" for key in KEYS]
        mine = [(key, draft[key]) for key in draft if is_of(self.name, key) and key not in cells]
        return mine + [(key, posted[key]) for key in cells if key in posted]

    def _typed_in(
        self, rows: list[Row], editing: str, posted: Any, word: str
    ) -> tuple[list[Row], str]:
        cells = {key: posted.get(f"{self.name}-{key}", "") for key in KEYS}
        # Drop-down lists always have a value; a person has a number or a name.
        texts = [key for key in KEYS if not BY_KEY[key].choices]
        if not any(cells[key].strip() for key in texts):
            return rows, "" if word == "add" else editing
        row = tidy_row(cells)
        mended = place(editing)
        if mended and mended <= len(rows):
            return [*rows[: mended - 1], row, *rows[mended:]], ""
        return ([*rows, row] if row not in rows else rows), ""

    def _read_in(self, rows: Sheet, posted: Any, uploads: Any) -> tuple[Sheet, list[str]]:
        """Return the rows with those pasted and uploaded, and what could not be read."""
        mode, faults = posted.get(f"{self.name}-mode", ""), []
        pasted = posted.get(f"{self.name}-paste", "")
        if pasted.strip():
            try:
                rows = join(rows, read_text(pasted), replace=mode == "replace")
            except Unreadable as error:
                faults.append(str(error))
        storage = uploads.get(f"{self.name}-file")
        if storage is not None and storage.filename:
            try:
                rows = join(rows, rows_of(storage, Sheet, read_file), replace=mode != "append")
            except Unreadable as error:
                faults.append(str(error))
        return rows, faults


@dataclass(frozen=True)
class Action:
    """The action of a roster's button: a word and, for some, a row's number."""

    word: str
    number: int = 0

    @classmethod
    def of(cls, action: str, name: str, rows: int) -> Action:
        """Return the action of a post; empty if it is for another field, or for no row."""
        parts = action.split(":")
        if parts[:2] != ["roster", name] or len(parts) < 3:
            return cls("")
        if len(parts) == 3:
            return cls(parts[2])
        number = place(parts[3]) or 0
        return cls(parts[2], number) if 1 <= number <= rows else cls("")

    def apply(self, rows: list[Row]) -> tuple[list[Row], str]:
        """Return the rows afterwards, and the number of the row to be corrected."""
        if self.word == "clear":
            return [], ""
        if self.word == "remove" and self.number:
            return [*rows[: self.number - 1], *rows[self.number :]], ""
        return rows, str(self.number) if self.word == "edit" and self.number else ""


def join(rows: Sheet, more: Sheet, replace: bool) -> Sheet:
    """Return the joined rows, with the RUCs of each table; a row with the same cells is not added
    again.
    """
    table = frozenset(["/".join(sorted(more.rucs))] if more.rucs else ())
    if replace or not rows:
        return _as_sheet(more, table)
    there = {tuple(row.values()) for row in rows}
    new = [row for row in more if tuple(row.values()) not in there]
    return _as_sheet([*rows, *new], rows.rucs | table)


def _as_sheet(rows: Iterable[Row], rucs: frozenset[str]) -> Sheet:
    sheet = Sheet(rows)
    sheet.rucs = rucs
    return sheet


def cells_of(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return a row's values in words."""
    return tuple(dict(column.choices).get(row[column.key], row[column.key]) for column in COLUMNS)


def text_of(rows: Iterable[Row]) -> str:
    """Return rows as one text: JSON, a list of values per row in the columns' order."""
    lines = [[row[key] for key in KEYS] for row in rows]
    return json.dumps(lines, ensure_ascii=False, separators=(",", ":")) if lines else ""


def rows_from(text: str) -> list[Row]:
    """Return the rows of such a text; none if it is not one."""
    try:
        lines = json.loads(text) if text else []
        return [dict(zip(KEYS, map(str, line), strict=True)) for line in lines]
    except (ValueError, TypeError):
        return []
