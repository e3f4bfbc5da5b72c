"""The pages on which an entity corrects what it typed or presented, and asks to get it back.

`offered` says what a reader may correct now, for the pages that link to them.
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.correcting import blueprint, pages, receipts, returns, sessions, waiting

#: The modules with the views of the blueprint.
VIEWS = (pages, receipts, returns, sessions, waiting)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blueprint.blueprint)
