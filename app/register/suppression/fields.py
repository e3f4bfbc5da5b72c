"""The grounds of a suppression, and the groups of fields that it can remove."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

#: The closed list of grounds: value → label.
GROUNDS: Mapping[str, str] = {
    "other_person": "No es la persona",
    "minor": "Es menor de edad",
    "unlawful": "El texto es ilícito",
}
#: The reasons of the exit of suppressions in the log: the grounds, and the end of a demo's time.
REASONS: Mapping[str, str] = {**GROUNDS, "demo": "Visita de prueba, por su plazo"}


@dataclass(frozen=True)
class Group:
    """Fields that are suppressed together: of a visit's versions, and of its interest acts."""

    label: str
    facts: tuple[str, ...]
    of_acts: tuple[str, ...] = ()


#: In the order of the form. The represented entity may name a person too.
GROUPS: Mapping[str, Group] = {
    "visitor": Group(
        "El visitante: nombre, documento y clave",
        ("visitor_name", "document_type", "document_number", "visitor_key"),
        ("actor_name", "document_type", "document_number", "visitor_key"),
    ),
    "represented": Group(
        "La entidad o persona que representa",
        ("visitor_entity", "visitor_entity_ruc"),
        ("third_name", "third_ruc"),
    ),
    "motive": Group(
        "El detalle del motivo", ("motive",), ("decision_sought", "matter", "documents")
    ),
    "place": Group("El lugar específico", ("place",), ("place",)),
}


def facts_of(groups: Collection[str]) -> frozenset[str]:
    """Return the facts of a visit that some groups contain."""
    return frozenset(name for group in groups for name in GROUPS[group].facts)


def columns_of_acts(groups: Collection[str]) -> frozenset[str]:
    """Return the columns of an interest act that some groups contain."""
    return frozenset(name for group in groups for name in GROUPS[group].of_acts)
