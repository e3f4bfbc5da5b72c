"""The calendar of a person, which programs read by an address.

`addresses`: the secret addresses; `events`: what is in a calendar; `writing`: RFC 5545; `pages`.
"""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.people import page_rate
from app.web.calendars import pages


def init_app(app: Flask) -> None:
    """Register the pages; calendars are read as often as public pages."""
    app.register_blueprint(pages.own)
    app.register_blueprint(pages.read)
    request_limits.bound_reading(app, pages.read)
    page_rate.limit(app, pages.read)
