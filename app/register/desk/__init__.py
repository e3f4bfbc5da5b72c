"""Pages for users who record visits: the desk, the agenda, settings, corrections, imports."""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.register.desk import (
    corrections,
    demo_script,
    frame,
    import_pages,
    reserved,
    visit_pages,
)
from app.register.desk.agenda import pages as agenda
from app.register.desk.entry import closing
from app.register.desk.entry import pages as entry
from app.register.desk.interest_acts import pages as interest_acts
from app.register.desk.personal_data import requests, suppression
from app.register.desk.settings import counts, dated_rules, empty_days, outages, statements
from app.register.desk.settings import pages as settings
from app.register.visits import present_visitors

#: Modules whose pages belong to the blueprint of `visit_pages` or of `outages`.
SHARING = (corrections, reserved, suppression, requests, counts, empty_days)


def init_app(app: Flask) -> None:
    """Register the pages, and the common variables of their templates."""
    app.context_processor(frame.frame)
    app.jinja_env.tests |= {
        "inside": present_visitors.is_inside,
        "lacking_exit": present_visitors.lacks_exit,
    }
    for part in (
        *(visit_pages, import_pages, demo_script, entry, closing, agenda, interest_acts),
        *(dated_rules, outages, settings, statements),
    ):
        app.register_blueprint(part.blueprint)
    for desk in (entry, closing, agenda):
        request_limits.bound_desks(app, desk.blueprint)
    request_limits.allow_upload(app, "past.upload", request_limits.PAST_BYTES)
