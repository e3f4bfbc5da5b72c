"""The roster in steps: the field with its defaults, and the changes since the last roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import Given, Page, StepForm
from forms.fields import TextField
from forms.fields.people import key_of
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
    alta, or is one again, was added. A baja of a person who was not there changes nothing.
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
    removed += [row for key, row in old.items() if key not in new and row["movement"] != "baja"]
    return Changes(tuple(added), tuple(removed), tuple(changed))


def differences(old: Row, new: Row) -> tuple[tuple[str, str, str], ...]:
    """Return the columns that two versions of a row differ in: label, old and new words."""
    cells = zip(COLUMNS, cells_of(old), cells_of(new), strict=True)
    return tuple((column.label, one, other) for column, one, other in cells if one != other)
