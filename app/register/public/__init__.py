"""The register for everyone: search, visits, decision-makers, interest acts, coverage."""

from __future__ import annotations

from flask import Flask

from app.register.facts.values import SPELLED
from app.register.public import acts, by_number, coverage, decision_makers, search, visit


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.jinja_env.filters["spelled"] = lambda text: SPELLED.get(text, text)
    for part in (search, by_number, visit, acts, decision_makers, coverage):
        app.register_blueprint(part.blueprint)
