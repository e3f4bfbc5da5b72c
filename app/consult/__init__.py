"""The register for everyone: search, visits, decision-makers, interest acts, coverage."""

from __future__ import annotations

from flask import Flask

from app.consult import acts, decision_makers


def init_app(app: Flask) -> None:
    """Adds the pages."""
    app.register_blueprint(acts.blueprint)
    app.register_blueprint(decision_makers.blueprint)
