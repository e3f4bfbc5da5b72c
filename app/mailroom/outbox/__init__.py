"""The outbox: mails as coordinators may read them, and their pages."""

from __future__ import annotations

from flask import Flask

from app.mailroom.outbox import pages
from app.mailroom.outbox.mails import STATES, kind_name


def init_app(app: Flask) -> None:
    """Add the pages of the outbox."""
    app.register_blueprint(pages.blueprint)
    app.jinja_env.globals.update(MAIL_STATES=STATES, mail_kind=kind_name)
