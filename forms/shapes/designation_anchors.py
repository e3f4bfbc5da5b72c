"""Anchors in a designation: its items, by their names in the form that corrects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from forms.fields.dates import write_date
from forms.fields.people import masked_document
from forms.shapes.anchors import GONE, Anchor, Cell, Change, Given, Places, of_cells
from forms.shapes.designation import DesignationForm
from forms.shapes.roster_steps import Changes, compare

#: The paper that shows all items.
PAPER = "sip_rvl_001"
#: Name of a group of the form → name in the record `administrator`.
HOLDERS = {"administrator": "holder", "alternate": "alternate"}
GROUPS = ("entity", "authority", *HOLDERS)


@cache
def _form() -> DesignationForm:
    return DesignationForm()


@cache
def names() -> Mapping[str, str]:
    """Return the words of every item, by its name: "Administrador titular: Cargo"."""
    form, found = _form(), {}
    for field in form:
        if field.short_name not in GROUPS:
            found[field.name] = _plain(field)
            continue
        for part in field.form:
            found[part.name] = f"{_plain(field)}: {_plain(part)}"
    return found


def _plain(field: Any) -> str:
    text = str(field.label.text).replace(" (opcional)", "")
    return text.strip("¿?")


class Designation(Places):
    """The items of the designation under review."""

    words = ("field",)

    def find(self, code: str) -> Anchor | None:
        """Return an item that the designation has."""
        name = code.removeprefix("field.")
        if name not in names() or self._holder(name) is None:
            return None
        was = {"words": self.value(name)}
        if number := self.number(name):
            was["number"] = number
        return Anchor(code, names()[name], PAPER, was)

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the old and the new words of an item."""
        name = code.removeprefix("field.")
        if name not in names() or self._holder(name) is None:
            return GONE
        label = names()[name].rpartition(": ")[2]
        before = was.get("number") or self.number(name)
        return of_cells([(label, str(was.get("words", "")), self.words_after(name, before))])

    def number(self, name: str) -> str:
        """Return the document number of an item that has one, unmasked: to compare, not to show."""
        holder = self._holder(name) if name.endswith("-document_number") else None
        return str((holder or {}).get("document_number", ""))

    def words_after(self, name: str, before: str) -> str:
        """Return the words of an item; a new document number says so, even if masked it is equal
        to the number `before`.
        """
        another = self.number(name) != before
        return self.value(name) + (" (otro número)" if another else "")

    def value(self, name: str) -> str:
        """Return the words of an item; "" while it is blank. Document numbers are masked."""
        group, _, part = name.partition("-")
        holder = self._holder(name) or {}
        if part == "document_number":
            return masked_document(holder)
        value = holder.get(part or group)
        field: Any = _form()[group].form[part] if part else _form()[group]
        if isinstance(value, bool):
            return "Sí" if value else "No"
        if getattr(field, "kind", "") == "date" and value:
            return write_date(value)
        return str(dict(_choices(field)).get(value, value or ""))

    def _holder(self, name: str) -> Mapping[str, Any] | None:
        """Return the record that holds an item; None if there is none, as of no alternate."""
        administrator = self.given.get("administrator") or {}
        group = name.partition("-")[0]
        found: Mapping[str, Any] | None = administrator
        if group in ("entity", "authority"):
            found = self.given.get(group)
        elif group in HOLDERS:
            found = administrator.get(HOLDERS[group])
        elif administrator:
            found = administrator | {"has_alternate": bool(administrator["alternate"])}
        return found or None


def _choices(field: Any) -> list[tuple[Any, Any]]:
    return [(value, label) for value, label, *_ in getattr(field, "choices", None) or ()]


@dataclass(frozen=True)
class Since:
    """All that changed since a presentation was observed: items of the designation, and rows."""

    cells: tuple[Cell, ...]
    roster: Changes | None

    def __bool__(self) -> bool:
        return bool(self.cells or self.roster)

    @classmethod
    def of(cls, given: Given, observed: Mapping[str, Any]) -> Since:
        """Compare the records of a review with those that were observed."""
        both = (name for name in ("entity", "authority", "administrator") if given.get(name))
        known = {name: observed[name] for name in both if observed[name]}
        now, then = Designation(given), Designation({**given, **known})
        changed = [
            (words, then.value(name), now.words_after(name, then.number(name)))
            for name, words in names().items()
        ]
        before = observed["roster"]
        roster = None if before is None else compare(before, given.get("roster") or [])
        return cls(of_cells(changed).cells, roster)
