"""How elements are called where people read of a move."""

from __future__ import annotations

from workflows.definition import Definition


def shown_name(definition: Definition, element: str) -> str:
    """Return the name of an element as drawn; of a gateway without one, where it is (Spanish)."""
    return definition.gateway_names.get(element) or definition.element_name(element)
