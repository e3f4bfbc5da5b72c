"""The people to call at an entity, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from forms.fields.people import full_name


class Contact(NamedTuple):
    """A person who answers for the register; `phone` is "" if unknown."""

    role: str
    name: str
    phone: str


def contacts(given: Mapping[str, Any]) -> list[Contact]:
    """Return the people who answer for the register, in the order in which to call them."""
    designated = given.get("administrator") or {}
    entity = given.get("entity") or {}
    people = (
        ("Administrador del registro", designated.get("holder"), ""),
        ("Alterno", designated.get("alternate"), ""),
        ("Máxima autoridad", given.get("authority"), entity.get("phone", "")),
    )
    return [
        Contact(role, full_name(person), person.get("phone") or number)
        for role, person, number in people
        if person
    ]
