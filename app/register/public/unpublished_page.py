"""What the public pages of a register say where its entity publishes nothing here."""

from __future__ import annotations

from flask import abort, render_template

from app.base import db
from app.register.search import unpublished


def page_of(code: str, title: str) -> str:
    """The page of an entity of the catalogue that publishes nothing here; 404 for any other code.

    The address of a duplicate leads to the entity that it became, as every 404 of one does.
    """
    entity = unpublished.of_code(db.session(), code) or abort(404)
    return render_template(
        "consult/silent.html",
        private=False,
        entity=entity,
        title=title,
        sentence=unpublished.SENTENCE,
    )
