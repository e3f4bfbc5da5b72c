"""The page of one entity: where it stands, its history, its documents, its clocks, its letters."""

from __future__ import annotations

from flask import Flask

from app.onboarding.entities import coordinators, filings, letters, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, letters, coordinators, filings):
        app.register_blueprint(part.blueprint)
