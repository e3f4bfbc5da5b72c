"""The list of entities: filters, orders, files, and bulk acts."""

from __future__ import annotations

from flask import Flask

from app.onboarding.entity_list import acting, columns
from app.onboarding.entity_list import pages as pages


def init_app(app: Flask) -> None:
    """Register the pages; the pages of `pages` belong to the blueprint of one entity's pages."""
    for part in (acting, columns):
        app.register_blueprint(part.blueprint)
