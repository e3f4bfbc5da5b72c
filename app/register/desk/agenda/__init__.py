"""The agenda: visits that offices expect."""

from __future__ import annotations

from flask import Flask

from app.register.desk.agenda import pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages,):
        app.register_blueprint(part.blueprint)
