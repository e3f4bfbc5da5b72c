"""*Dejo la función*: administrators who leave, what they hand over, and the day itself."""

from __future__ import annotations

from flask import Flask

from app.administration.leaving import pages
from app.administration.leaving.due import run as run


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages.blueprint)
