"""The superuser's pages of people, their roles, and the coordinators in charge."""

from __future__ import annotations

from flask import Flask

from app.administration.users import coordinators, directory, second_factors, sign_ins
from app.administration.users.blueprint import pages

#: Modules that add their pages to the blueprint when they are imported.
PAGES = (coordinators, directory, second_factors, sign_ins)


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages)
