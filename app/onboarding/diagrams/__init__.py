"""Cases on the diagrams of their processes: where they stand, how long each node took, by whom."""

from flask import Flask

from app.onboarding.diagrams.pages import blueprint
from app.onboarding.diagrams.picture import of_case

__all__ = ["init_app", "of_case"]


def init_app(app: Flask) -> None:
    """Adds the pages of diagrams."""
    app.register_blueprint(blueprint)
