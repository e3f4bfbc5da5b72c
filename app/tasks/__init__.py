"""Steps on people's desks: the list of what waits, and the pages that answer."""

from flask import Flask

from app.tasks.views import blueprint


def init_app(app: Flask) -> None:
    """Adds the pages of steps."""
    app.register_blueprint(blueprint)
