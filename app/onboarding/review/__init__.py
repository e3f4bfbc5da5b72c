"""What reviewers read next to a paper: the rows of a roster, and what changed in them."""

from __future__ import annotations

from flask import Flask

from app.onboarding.review import pages


def init_app(app: Flask) -> None:
    """Add the pages of reviews."""
    app.register_blueprint(pages.blueprint)
