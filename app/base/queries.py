"""What may stand after the "?" of an address: names that its page knows, each once.

Whoever mistypes a filter must not take the whole list for what was filtered. A page with a form
tells the faults there; one without raises CannotAsk, which is told on a page of its own.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

#: The name that every page knows: what its reader had typed is asked for (`access.unsent`).
GIVEN_BACK = "retomar"
#: So many unknown names are told, with so many signs of each.
MOST_NAMES, MOST_SIGNS = 3, 40


class CannotAsk(BadRequest):
    """What an address asks cannot be asked. Why, in Spanish; and its address without that."""

    def __init__(self, why: str, *, known: Container[str]) -> None:
        """`known`: the names that can be kept."""
        super().__init__(why)
        self.why = why
        kept = {name: value for name, value in request.args.items() if name in known}
        self.without = f"{request.path}?{urlencode(kept)}" if kept else request.path


def faults(args: Mapping[str, str], known: Container[str]) -> dict[str, str]:
    """What is wrong with the names of an address, as sentences by name; "" for unknown ones."""
    found = {
        name: f"El filtro «{name}» está más de una vez: deja uno solo."
        for name in args
        if name in known and isinstance(args, MultiDict) and len(args.getlist(name)) > 1
    }
    unknown = [f"«{_shown(name)}»" for name in args if name not in known and name != GIVEN_BACK]
    if len(unknown) == 1:
        found[""] = f"No existe el filtro {unknown[0]}."
    elif unknown:
        more = " y otros" if len(unknown) > MOST_NAMES else ""
        found[""] = f"No existen los filtros {', '.join(unknown[:MOST_NAMES])}{more}."
    return found


def at_fields(found: Mapping[str, str], fields: Container[str]) -> dict[str, str]:
    """Faults by the field of the page that they stand at; those of no field together, under ""."""
    of_none = " ".join(fault for name, fault in found.items() if name not in fields)
    at = {name: fault for name, fault in found.items() if name in fields}
    return {"": of_none, **at} if of_none else at


def _shown(name: str) -> str:
    return "".join(filter(str.isprintable, name))[:MOST_SIGNS]


def only(blueprint: Blueprint, names: Mapping[str, Container[str]]) -> None:
    """Lets a blueprint's pages be asked by these names alone: view → names; others by none.

    Anything else raises CannotAsk before the page is made.
    """

    def ask() -> None:
        must_know(names.get((request.endpoint or "").rpartition(".")[2], ()))

    blueprint.before_request(ask)


def must_know(names: Container[str]) -> None:
    """Lets the page of this request be asked by these names alone, as `only` does: for pages that
    first see whether their reader may be here. Raises CannotAsk."""
    if found := faults(request.args, names):
        raise CannotAsk(" ".join(found.values()), known=names)


def chosen(name: str, options: Container[str], default: str = "") -> str:
    """The value of a name, one of some; the default where the address says none.

    Raises CannotAsk for any other.
    """
    value = request.args.get(name, "") or default
    if value != default and value not in options:
        raise no_value(name, f"El filtro «{name}» no tiene el valor «{_shown(value)}».")
    return value


def no_value(name: str, why: str) -> CannotAsk:
    """What is raised for a name whose value cannot be; the address without it keeps the others."""
    return CannotAsk(why, known=[other for other in request.args if other != name])
