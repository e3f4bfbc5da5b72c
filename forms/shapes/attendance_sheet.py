"""The attendance sheet of a session: the names of the expected people, to be signed on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import StepForm
from forms.fields.people import full_name, key_of
from forms.shapes.attendance import GROUPS, attendees

#: The people an induction is for, as the record `administrator` names them.
DESIGNATED = ("holder", "alternate")


@dataclass(frozen=True)
class SheetGroup:
    """The people of one sheet, by name.

    Each begins on a new page, unless it `continues` the one before: then it is the same session.
    `entity` is the name of their entity, "" for the one of the paper.
    """

    title: str
    people: Sequence[Mapping[str, Any]]
    continues: bool = False
    entity: str = ""


@dataclass(frozen=True)
class AttendanceSheet:
    """What is printed; `at` (ISO) and `place` are "" where they are written on paper."""

    session: str
    groups: Sequence[SheetGroup]
    at: str = ""
    place: str = ""


class HasSheet(StepForm):
    """A step from which an attendance sheet can be printed."""

    def sheet(self) -> AttendanceSheet:
        """Return the sheet of the expected people."""
        raise NotImplementedError


def training_sheet(people: Iterable[Mapping[str, Any]]) -> AttendanceSheet:
    """Return the sheet of a training: a group after the other, those without people left out."""
    ordered = sorted(people, key=full_name)
    groups = [
        SheetGroup(title, [person for person in ordered if person["group"] == group])
        for group, title in GROUPS.items()
    ]
    return AttendanceSheet("Capacitación del personal", [group for group in groups if group.people])


def induction_groups(
    administrator: Mapping[str, Any] | None,
    roster: Iterable[Mapping[str, Any]] | None,
    entity: str = "",
) -> list[SheetGroup]:
    """Return who is expected at an induction, and the other people of the roster, who may come.

    The record of the session lists the same people.
    """
    designated = [(administrator or {}).get(part) for part in DESIGNATED]
    expected = [person for person in designated if person]
    known = {key_of(person) for person in expected}
    others = [person for person in attendees(roster) if key_of(person) not in known]
    groups = [SheetGroup("Administrador y alterno", expected, entity=entity)]
    if others:
        others.sort(key=full_name)
        groups.append(SheetGroup("Otras personas de la relación", others, True, entity))
    return groups
