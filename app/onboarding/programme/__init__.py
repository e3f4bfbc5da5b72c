"""The programme: where all entities stand, how long it takes, and in whose hands, for the PCM."""

from flask import Flask

from app.onboarding.programme import lists, pages


def init_app(app: Flask) -> None:
    """Adds the pages of the programme."""
    for part in (pages, lists):
        app.register_blueprint(part.blueprint)
