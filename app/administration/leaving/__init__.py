"""*Dejo la función*: administrators who leave, their handover, and the day of leaving."""

from __future__ import annotations

from flask import Flask

from app.administration.leaving import pages
from app.administration.leaving.due import run as run


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages.blueprint)
