"""The access of each role to what an entity corrects itself (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

#: Those who present the designation.
PRESENTING = frozenset({"authority", "preparer"})
HERE, THERE = "/entidades/E90001", "/entidades/E90002"

RULES: Mapping[str, frozenset[str]] = {
    f"GET {HERE}/tareas/{{filing_task}}/corregir": PRESENTING,
    f"POST {HERE}/tareas/{{filing_task}}/corregir": PRESENTING,
    f"GET {THERE}/tareas/{{filing_task}}/corregir": frozenset(),
    f"GET {HERE}/tareas/{{authority_task}}/corregir": frozenset(),
}
