"""The programme, for the PCM: where all entities stand, how long it takes, and who holds them."""

from flask import Flask

from app.onboarding.programme import lists, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, lists):
        app.register_blueprint(part.blueprint)
