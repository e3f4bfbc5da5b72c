"""A designation as its reviewer reads it: every item with its words, in groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.shapes.designation_anchors import HOLDERS, Designation, names

#: Titles of the groups, in order; "" has the items about the designation itself.
TITLES = {
    "administrator": "Administrador",
    "alternate": "Alterno",
    "": "La designación",
    "authority": "Máxima autoridad",
    "entity": "La entidad",
}
#: Items that stand with another one.
JOINED = frozenset({"document_type", "given_names", "link_other", "has_alternate"})
LABELS = {"surnames": "Nombre", "document_number": "Documento"}


@dataclass(frozen=True)
class Item:
    """An item: its anchor's code, label and words."""

    code: str
    label: str
    words: str


@dataclass(frozen=True)
class ItemGroup:
    """The items of a person, of the entity, or of the designation itself.

    `person` has the document where the group is a person; `lacks` says that there is none.
    """

    id: str
    title: str
    items: tuple[Item, ...]
    person: Mapping[str, Any] | None = None
    lacks: str = ""


def groups_of(designation: Designation) -> list[ItemGroup]:
    """Return the groups of a designation, without blank items."""
    return [_group(designation, group, title) for group, title in TITLES.items()]


def _group(designation: Designation, group: str, title: str) -> ItemGroup:
    given = designation.given
    person = given.get("authority") if group == "authority" else None
    if group in HOLDERS:
        person = (given.get("administrator") or {}).get(HOLDERS[group])
    found = []
    for name, words in names().items():
        of_group, _, part = name.rpartition("-")
        if of_group == group and part not in JOINED and designation.find(f"field.{name}"):
            label = LABELS.get(part, words.rpartition(": ")[2])
            if text := _words(designation, name, part):
                found.append(Item(f"field.{name}", label, text))
    lacks = "No se designó." if group == "alternate" and not person else ""
    return ItemGroup(group, title, tuple(found), person, lacks)


def _words(designation: Designation, name: str, part: str) -> str:
    value, prefix = designation.value, name.removesuffix(part)
    if part == "surnames":
        return f"{value(prefix + 'given_names')} {value(name)}".strip()
    if part == "link" and (other := value(prefix + "link_other")):
        return f"{value(name)}: {other}"
    return value(name)
