"""The baseline: the official platform's export of many entities, from the file to proposals."""

from __future__ import annotations

from flask import Flask

from app.onboarding.batches.baseline.blueprint import blueprint


def init_app(app: Flask) -> None:
    """Register the pages."""
    from app.onboarding.batches.baseline import names, pages, proposals  # noqa: F401

    app.register_blueprint(blueprint)
