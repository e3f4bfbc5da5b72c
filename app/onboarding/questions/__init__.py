"""The pages of questions, of internal notes, and of answers as texts of the help.

They call `app.cases.questions`.
"""

from __future__ import annotations

from flask import Flask

from app.onboarding.questions import help_pages, note_pages, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, note_pages, help_pages):
        app.register_blueprint(part.blueprint)
