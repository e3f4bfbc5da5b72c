"""The calendar as people see it: a year at a glance, and the decreed days that come and go."""

from flask import Flask

from app.administration.non_working_days import pages, year_names


def init_app(app: Flask) -> None:
    """Add the pages of the calendar."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(year_names.blueprint)
