"""The roster in steps: the field with its defaults, and the changes since the last roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import Given, Page, StepForm
from forms.fields import TextField
from forms.fields.identifiers import plain
from forms.fields.people import document_after, key_of, masked_document
from forms.fields.personnel import COLUMNS, Row
from forms.fields.roster import RosterField, cells_of


class RosterStep(StepForm):
    """A step that asks for the roster, with a default unit and site for blank cells."""

    default_unit = TextField(
        "Unidad para las filas que la dejan en blanco (opcional)",
        hint="Si casi todos trabajan en la misma unidad, escríbela aquí una sola vez",
        limit=150,
    )
    default_site = TextField(
        "Sede para las filas que la dejan en blanco (opcional)",
        hint="Por ejemplo, Sede central",
        limit=150,
    )
    roster = RosterField(
        "Relación de personal",
        hint="De 1 a 5000 personas. Puedes escribirlas, pegarlas desde una hoja de cálculo o "
        "subir un archivo XLSX, ODS o CSV.",
        defaults={"unit": "default_unit", "site": "default_site"},
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the rows of the current roster."""
        return {**super().prefill(given), "roster": given.get("roster") or []}

    def prepare(self) -> None:
        """Set the people that the roster is expected to contain."""
        super().prepare()
        self["roster"].expected = designated(self.given.get("administrator"))

    @property
    def changes(self) -> Changes:
        """The differences from the current roster."""
        return compare(self.given.get("roster") or [], self["roster"].complete())

    def answer(self) -> dict[str, Any]:
        """Return the completed rows."""
        return self.draft_answer()

    def draft_answer(self) -> dict[str, Any]:
        """Return the rows of a draft, None where the roster was removed from the form."""
        rows = self["roster"].complete() if "roster" in self else None
        return {**super().draft_answer(), "roster": rows}


#: The columns of a row's document.
DOCUMENT = ("document_type", "document_number")
DOCUMENT_LABEL = "Documento"
FIELDS = ("default_unit", "default_site", "roster")
PAGE = Page("personal", "El personal", FIELDS)


def designated(administrator: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Return the administrator and the alternate, if any: the people expected on a roster."""
    if not administrator:
        return []
    people = (administrator.get("holder"), administrator.get("alternate"))
    return [person for person in people if person]


@dataclass(frozen=True)
class Change:
    """A person whose row changed: the columns with their old and new words."""

    row: Row
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Changes:
    """The differences between a roster and the previous one."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def counts(self) -> dict[str, int]:
        """Return how many persons were added, removed, and changed."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
        }


def compare(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> Changes:
    """Return the changes between two rosters, by person (their document).

    A person who was there and now is a baja, or is missing, was removed; a person who comes as an
    alta, or is one again, was added. A baja of a person who was not there changes nothing. A row
    that is missing and a new one with the same names, which no other such row has, are one person
    whose document number changed.
    """
    old = {key_of(row): dict(row) for row in before}
    new = {key_of(row): dict(row) for row in after}
    added, removed, changed = [], [], []
    for key, row in new.items():
        was = key in old and old[key]["movement"] != "baja"
        stays = row["movement"] != "baja"
        if stays and not was:
            added.append(row)
        elif was and not stays:
            removed.append(row)
        elif was and (cells := differences(old[key], row)):
            changed.append(Change(row, cells))
    missing = [row for key, row in old.items() if key not in new and row["movement"] != "baja"]
    renumbered = _renumbered(missing, [row for row in added if key_of(row) not in old])
    changed += [Change(row, differences(was, row)) for was, row in renumbered]
    paired = {key_of(row) for two in renumbered for row in two}
    added = [row for row in added if key_of(row) not in paired]
    removed += [row for row in missing if key_of(row) not in paired]
    return Changes(tuple(added), tuple(removed), tuple(changed))


def _renumbered(missing: Iterable[Row], come: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Return the pairs of a missing and a new row with names that no other such row has."""
    gone, new = by_names(missing), by_names(come)
    return [
        (gone[names][0], rows[0])
        for names, rows in new.items()
        if len(rows) == 1 and len(gone.get(names, ())) == 1
    ]


def by_names(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the rows by their names."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault(names_of(row), []).append(row)
    return found


def names_of(row: Mapping[str, str]) -> tuple[str, str]:
    """Return a row's names as they are compared: case and accents make no difference."""
    return plain(row["given_names"]), plain(row["surnames"])


def differences(old: Row, new: Row) -> tuple[tuple[str, str, str], ...]:
    """Return the columns that two versions of a row differ in: label, old and new words.

    Another document comes first, masked.
    """
    cells = zip(COLUMNS, cells_of(old), cells_of(new), strict=True)
    found = tuple(
        (column.label, one, other)
        for column, one, other in cells
        if one != other and column.key not in DOCUMENT
    )
    if key_of(old) == key_of(new):
        return found
    return ((DOCUMENT_LABEL, masked_document(old), document_after(old, new)), *found)
