"""The list of entities: filters, orders, files, and what is done to many at once."""

from __future__ import annotations

from flask import Flask

from app.onboarding.entity_list import pages, starting, validating


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, starting, validating):
        app.register_blueprint(part.blueprint)
