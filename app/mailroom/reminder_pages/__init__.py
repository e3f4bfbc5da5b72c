"""The pages of reminders: sent ones with their reason, coming ones, and holds."""

from __future__ import annotations

from flask import Flask

from app.mailroom.reminder_pages.pages import blueprint


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
