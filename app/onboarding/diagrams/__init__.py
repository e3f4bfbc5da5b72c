"""Cases on the diagrams of their processes: where they are, how long each node took, who acted."""

from flask import Flask

from app.onboarding.diagrams.pages import blueprint
from app.onboarding.diagrams.picture import of_case as of_case


def init_app(app: Flask) -> None:
    """Register the pages of diagrams."""
    app.register_blueprint(blueprint)
