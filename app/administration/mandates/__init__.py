"""The table of mandates as people see it, and as the superuser corrects it."""

from flask import Flask

from app.administration.mandates.pages import blueprint


def init_app(app: Flask) -> None:
    """Add the pages of mandates."""
    app.register_blueprint(blueprint)
