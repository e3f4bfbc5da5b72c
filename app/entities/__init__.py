"""Entities: the coordinators' list, one entity's page, and the acts on its processes."""

from flask import Flask

from app.entities import (
    care,
    clocks,
    extensions,
    incidents,
    notification,
    starting,
    validation,
    views,
)


def init_app(app: Flask) -> None:
    """Adds the pages of entities."""
    for part in (views, starting, care, extensions, notification, clocks, validation, incidents):
        app.register_blueprint(part.blueprint)
