"""Pages for those who record visits: the desk, and what stands beside it."""

from __future__ import annotations

from flask import Flask

from app.register.desk import (
    acts,
    agenda,
    corrections,
    counts,
    dated_rules,
    desk,
    desk_closing,
    empty_days,
    frame,
    kept,
    outages,
    past,
    reserved,
    script,
    settings,
    statements,
)
from app.register.model import inside

#: The modules whose import hangs their pages on the blueprint of another.
BESIDE = (corrections, reserved, counts, empty_days)


def init_app(app: Flask) -> None:
    """Adds the pages, and what they share."""
    app.context_processor(frame.frame)
    app.jinja_env.tests |= {"inside": inside.is_inside, "lacking_exit": inside.lacks_exit}
    app.register_blueprint(kept.blueprint)  # corrections and reserved visits too
    app.register_blueprint(outages.blueprint)  # counts and days without visits too
    app.register_blueprint(desk.blueprint)
    app.register_blueprint(desk_closing.blueprint)
    app.register_blueprint(agenda.blueprint)
    app.register_blueprint(acts.blueprint)
    app.register_blueprint(past.blueprint)
    app.register_blueprint(settings.blueprint)
    app.register_blueprint(statements.blueprint)
    app.register_blueprint(script.blueprint)
    app.register_blueprint(dated_rules.blueprint)
