"""The people of a training as a reviewer reads them: by group, with search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.fields.identifiers import plain
from forms.fields.searched import is_found
from forms.shapes.attendance import GROUPS, STATUSES

Person = Mapping[str, Any]
STATUS_WORDS = {"present": "Asistió", **STATUSES}
#: People of a group that the page of a review shows; a separate page has the others.
SHOWN = 20
#: Those whose absence the reviewer judges come first.
ORDER = {"absent": 0, "leave": 1, "present": 2}


@dataclass(frozen=True)
class AttendedGroup:
    """A group of a training: its first people, and how many it has."""

    id: str
    name: str
    shown: tuple[Person, ...]
    total: int

    @property
    def more(self) -> bool:
        """Whether the group has people that are not shown."""
        return self.total > len(self.shown)


def groups_of(people: Iterable[Person]) -> list[AttendedGroup]:
    """Return the groups that have people, with the first people of each."""
    ordered = in_order(people)
    found = []
    for group, name in GROUPS.items():
        here = [person for person in ordered if person["group"] == group]
        if here:
            found.append(AttendedGroup(group, name, tuple(here[:SHOWN]), len(here)))
    return found


def in_order(people: Iterable[Person]) -> list[Person]:
    """Return people: absent, on leave, present; by name within each.

    `number` is their number in the report, by which observations are tied to them.
    """
    numbered: list[Person] = [{**one, "number": n} for n, one in enumerate(people, 1)]
    return sorted(numbered, key=lambda one: (ORDER[one["status"]], plain(_name(one))))


def chosen(people: Sequence[Person], group: str, status: str, text: str) -> list[Person]:
    """Return the people of a group, with a status and a name; "" for all."""
    return [
        person
        for person in people
        if group in ("", person["group"])
        and status in ("", person["status"])
        and is_found(person, text)
    ]


def _name(person: Person) -> str:
    return f"{person['surnames']} {person['given_names']}"
