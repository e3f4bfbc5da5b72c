"""The public page of an entity that publishes nothing here."""

from __future__ import annotations

from flask import abort, render_template

from app.base import db
from app.register.search import unpublished


def page_of(code: str, title: str) -> str:
    """Return the page of an entity of the catalogue that publishes nothing here; 404 for other
    codes.

    The address of a duplicate redirects to the remaining entity, as every 404 of one does.
    """
    entity = unpublished.of_code(db.session(), code) or abort(404)
    return render_template(
        "consult/unpublished.html",
        private=False,
        entity=entity,
        title=title,
        sentence=unpublished.SENTENCE,
    )
