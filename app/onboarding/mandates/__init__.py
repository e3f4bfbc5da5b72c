"""The end of mandates: notices ahead, the plan of the day, and the sheet of the transfer."""

from flask import Flask

from app.onboarding.mandates import pages, work

__all__ = ["init_app", "work"]


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(pages.blueprint)
