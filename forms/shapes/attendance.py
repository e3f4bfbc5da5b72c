"""Attendance of many people: who is on a roster, in which group, and how many came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from forms.case_documents import AttendanceCounts
from forms.fields import DocumentField
from forms.fields.people import full_name, identity_of, key_of

GROUPS = {"technical": "Personal técnico", "administrative": "Personal administrativo"}
#: Profiles that use the platform; everybody else receives visits, and is administrative.
TECHNICAL = frozenset({"administrator", "operator"})

STATUSES = {"absent": "No asistió", "leave": "Con licencia, vacaciones o descanso médico"}


def group_of(profile: str) -> str:
    """Return the group of a profile of the roster: administrators and operators are technical."""
    return "technical" if profile in TECHNICAL else "administrative"


def attendees(roster: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return everybody on a roster, once, with their group: technical if any of their rows is."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in roster or ():
        if row["movement"] == "baja":
            continue
        person = found.setdefault(key_of(row), person_of(row))
        if group_of(row["profile"]) == "technical":
            person["group"] = "technical"
    return list(found.values())


def person_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the person of a row, as attendance stores it."""
    return {**identity_of(row), "group": "administrative"}


def sizes(people: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of people in each group."""
    found = Counter(person["group"] for person in people)
    return {group: found[group] for group in GROUPS}


def counts(people: Iterable[Mapping[str, Any]]) -> dict[str, AttendanceCounts]:
    """Return per group how many people there are, and how many were present, absent or on leave."""
    numbers = Counter((person["group"], person["status"]) for person in people)
    return {
        group: AttendanceCounts(
            people=sum(numbers[group, status] for status in ("present", *STATUSES)),
            present=numbers[group, "present"],
            absent=numbers[group, "absent"],
            leave=numbers[group, "leave"],
        )
        for group in GROUPS
    }


def lists_of(paper: str) -> Any:
    """Return the field for signed attendance lists, which are this official paper."""
    return DocumentField(
        "Listas de asistencia firmadas",
        paper=paper,
        hint="Todas las listas en un solo documento.",
        needed="Sube el PDF con las listas de asistencia firmadas.",
    )


def names_of(people: Iterable[Mapping[str, Any]], most: int = 20) -> str:
    """Return people as lines of text, at most `most` of them."""
    names = [full_name(person) for person in people]
    more = [f"y {len(names) - most} más"] if len(names) > most else []
    return "\n".join(f"- {name}" for name in [*names[:most], *more])
