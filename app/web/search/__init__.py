"""The search in the head of the PCM's pages: one field, one page of results by kind.

`pages`: the page, and the search by document number. `query`: what was typed. `found`: results and
their groups. Each other module finds one kind of thing, and asks only for what the reader may see:
`entities`, `people`, `designations`, `papers` (presentations and issued papers), `by_document`.
"""

from __future__ import annotations

from flask import Flask

from app.web.search.pages import blueprint


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
