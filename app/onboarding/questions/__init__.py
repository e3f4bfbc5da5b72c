"""The pages of questions and of internal notes. They call `app.cases.questions`."""

from __future__ import annotations

from flask import Flask

from app.onboarding.questions import note_pages, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, note_pages):
        app.register_blueprint(part.blueprint)
