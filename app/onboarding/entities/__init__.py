"""Entities: the coordinators' list, one entity's page, and the acts on its processes."""

from flask import Flask

from app.onboarding.entities import (
    care,
    clocks,
    extensions,
    incidents,
    letters,
    listing,
    notification,
    shared_ruc,
    starting,
    validating,
    validation,
)
from app.onboarding.entities.views import blueprint

#: The modules whose import hangs their pages on the blueprint of entities.
PAGES = (listing,)

PARTS = (
    starting,
    letters,
    validating,
    care,
    extensions,
    notification,
    shared_ruc,
    clocks,
    validation,
    incidents,
)


def init_app(app: Flask) -> None:
    """Adds the pages of entities."""
    app.register_blueprint(blueprint)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
