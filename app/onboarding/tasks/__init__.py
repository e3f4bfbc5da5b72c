"""Steps on people's desks: the list of what waits, and the pages that answer."""

from flask import Flask

from app.onboarding.tasks import allowing, dictating, inbox, more_time, pages
from app.onboarding.tasks.blueprint import blueprint

#: The modules whose import hangs their pages on the blueprint.
PAGES = (inbox, pages, more_time, dictating, allowing)


def init_app(app: Flask) -> None:
    """Adds the pages of steps."""
    app.register_blueprint(blueprint)
    app.register_blueprint(dictating.blueprint)
