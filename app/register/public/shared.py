"""Common parts of public pages: their addresses, and how pages about persons avoid indexing."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, abort, render_template

from app.base import db
from app.register.search import unpublished


def address(path: str, params: Mapping[str, str]) -> str:
    """Return a path with its parameters, without empty ones."""
    said = {name: value for name, value in params.items() if value}
    return f"{path}?{urlencode(said)}" if said else path


def keep_out(response: Response) -> Response:
    """Forbid robots to index the page and to follow its links, whatever its markup says."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def unpublished_page(code: str, title: str) -> str:
    """Return the page of an entity that publishes nothing here; 404 for other codes."""
    entity = unpublished.of_code(db.session(), code) or abort(404)
    return render_template(
        "consult/unpublished.html",
        private=False,
        entity=entity,
        title=title,
        sentence=unpublished.SENTENCE,
    )
