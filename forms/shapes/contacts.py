"""The people to call at an entity, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.fields.people import full_name


def contacts(given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the people who answer for the register: role, name, telephone ("" if none)."""
    designated = given.get("administrator") or {}
    entity = given.get("entity") or {}
    people = (
        ("Administrador del registro", designated.get("holder"), ""),
        ("Alterno", designated.get("alternate"), ""),
        ("Máxima autoridad", given.get("authority"), entity.get("phone", "")),
    )
    return [
        (role, full_name(person), person.get("phone") or number)
        for role, person, number in people
        if person
    ]
