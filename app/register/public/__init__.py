"""The register for everyone: search, visits, corrections, rosters, interest acts, coverage."""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.people import page_rate
from app.register.facts.values import SPELLED
from app.register.public import (
    acts,
    by_number,
    corrections,
    coverage,
    decision_makers,
    represented,
    rights,
    search,
    visit,
)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.jinja_env.filters["spelled"] = lambda text: SPELLED.get(text, text)
    consult = (search, by_number, represented, visit, corrections)
    for part in (*consult, acts, decision_makers, coverage):
        app.register_blueprint(part.blueprint)
        request_limits.bound_reading(app, part.blueprint)
        page_rate.limit(app, part.blueprint)
    app.register_blueprint(rights.blueprint)
    page_rate.limit(app, rights.blueprint)
