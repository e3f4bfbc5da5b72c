"""Induction sessions that coordinators publish: date, place or link, seats."""

from flask import Flask

from app.onboarding.induction_sessions import materials
from app.onboarding.induction_sessions.attendance import pages as attendance_pages
from app.onboarding.induction_sessions.pages import blueprint


def init_app(app: Flask) -> None:
    """Register the pages of induction sessions."""
    app.register_blueprint(blueprint)
    app.register_blueprint(attendance_pages.blueprint)
    app.register_blueprint(materials.blueprint)
