"""*Dejo la función*: administrators who leave their own function, their handover, and the day.

That another person no longer works in the entity is registered in
`app.onboarding.case_admin.departed_staff`.
"""

from __future__ import annotations

from flask import Flask

from app.administration.leaving import pages
from app.administration.leaving.due import run as run


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(pages.blueprint)
