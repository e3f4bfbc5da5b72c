"""Incidents of personal data: the report, the 48 hours, the notification, the persons concerned.

`acts`: what is done with an incident; `concerned`: whose data could be read, from the readings in
the log; `pages` and `forms`: its pages; `reminding`: the mail before its term ends.
"""

from __future__ import annotations

from flask import Flask

from app.administration.breaches import pages
from app.administration.breaches.reminding import run as run


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages.blueprint)
