"""The pages of reminders: what was sent and why, what will be, and what is held back."""

from __future__ import annotations

from flask import Flask

from app.mailroom.reminder_pages.pages import blueprint


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
