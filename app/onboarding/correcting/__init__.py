"""The pages on which an entity corrects what it typed or presented, and asks to get it back."""

from __future__ import annotations

from flask import Flask

from app.onboarding.correcting import pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(pages.blueprint)
