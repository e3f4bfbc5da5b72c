"""Induction sessions that coordinators publish: date, place or link, seats."""

from flask import Flask

from app.onboarding.induction_sessions.pages import blueprint


def init_app(app: Flask) -> None:
    """Adds the pages of sessions."""
    app.register_blueprint(blueprint)
