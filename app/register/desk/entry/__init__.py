"""The desk: entries, exits, the end of the day."""

from __future__ import annotations

from flask import Flask

from app.register.desk.entry import closing, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (
        closing,
        pages,
    ):
        app.register_blueprint(part.blueprint)
