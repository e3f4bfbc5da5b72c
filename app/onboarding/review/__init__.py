"""What reviewers read next to a paper: the rows of a roster, changes, and what is signed."""

from __future__ import annotations

from flask import Flask

from app.onboarding.review import pages, signing, support


def init_app(app: Flask) -> None:
    """Add the pages of reviews."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(support.blueprint)
    signing.init_app(app)
