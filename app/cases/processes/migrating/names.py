"""How elements are called where people read of a move."""

from __future__ import annotations

from workflows.definition import Definition

#: What a gateway at which branches meet is called: it has no name as drawn.
JOINED = "la unión de los caminos"


def shown(name: str, element: str) -> str:
    """Return the name of an element as drawn; of a gateway without one, what it is (Spanish)."""
    return JOINED if name in ("", element) else name


def shown_name(definition: Definition, element: str) -> str:
    """Return how an element of a version is called (Spanish)."""
    return shown(definition.element_name(element), element)
