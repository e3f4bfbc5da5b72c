"""Pages for those who record visits: the desk, the agenda, settings, corrections, imports."""

from __future__ import annotations

from flask import Flask

from app.register.desk import (
    agenda,
    corrections,
    demo_script,
    entry,
    frame,
    import_pages,
    interest_acts,
    reserved,
    settings,
    visit_pages,
)
from app.register.visits import present_visitors

#: Their pages belong to the blueprint of `visit_pages`.
SHARING = (corrections, reserved)


def init_app(app: Flask) -> None:
    """Register the pages, and what their templates share."""
    app.context_processor(frame.frame)
    app.jinja_env.tests |= {
        "inside": present_visitors.is_inside,
        "lacking_exit": present_visitors.lacks_exit,
    }
    for part in (visit_pages, import_pages, demo_script):
        app.register_blueprint(part.blueprint)
    for package in (entry, agenda, interest_acts, settings):
        package.init_app(app)
