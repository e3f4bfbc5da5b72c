"""Query parameters: the names that a page knows, each at most once.

A misspelled filter must not silently return the whole list. A page with a form
shows the faults there; one without a form raises CannotAsk, which has an error page.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

#: The name that every page knows: it asks for a stored form (`access.unsent`).
GIVEN_BACK = "retomar"
#: Report at most this many unknown parameters, each cut to this many characters.
MOST_NAMES, MOST_CHARACTERS = 3, 40


class CannotAsk(BadRequest):
    """A query string with faults: why, in Spanish, and the URL without them."""

    def __init__(self, why: str, *, known: Container[str]) -> None:
        """Keep only the parameters in `known` in the URL without faults."""
        super().__init__(why)
        self.why = why
        left = {name: value for name, value in request.args.items() if name in known}
        self.without = f"{request.path}?{urlencode(left)}" if left else request.path


def faults(args: Mapping[str, str], known: Container[str]) -> dict[str, str]:
    """Return the faults of query parameters, as sentences by name; "" for unknown names."""
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
    """Return the faults by field of the page; faults without a field together, under ""."""
    of_none = " ".join(fault for name, fault in found.items() if name not in fields)
    at = {name: fault for name, fault in found.items() if name in fields}
    return {"": of_none, **at} if of_none else at


def _shown(name: str) -> str:
    return "".join(filter(str.isprintable, name))[:MOST_CHARACTERS]


def only(blueprint: Blueprint, names: Mapping[str, Container[str]]) -> None:
    """Restrict the query parameters of a blueprint: view → names; other views take none.

    Any other parameter raises CannotAsk before the view runs.
    """

    def ask() -> None:
        must_know(names.get((request.endpoint or "").rpartition(".")[2], ()))

    blueprint.before_request(ask)


def must_know(names: Container[str]) -> None:
    """Restrict the query parameters of this request, as `only` does. Raises CannotAsk.

    Use it in pages that first check whether the user may open them.
    """
    if found := faults(request.args, names):
        raise CannotAsk(" ".join(found.values()), known=names)


def chosen(name: str, options: Container[str], default: str = "") -> str:
    """Return the value of a parameter with fixed options; the default if it is missing.

    Raises CannotAsk for any other value.
    """
    value = request.args.get(name, "") or default
    if value != default and value not in options:
        raise no_value(name, f"El filtro «{name}» no tiene el valor «{_shown(value)}».")
    return value


def no_value(name: str, why: str) -> CannotAsk:
    """Return the exception for an invalid value; its URL keeps the other parameters."""
    return CannotAsk(why, known=[other for other in request.args if other != name])
