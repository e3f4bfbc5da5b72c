"""What coordinators do to a case: suspend, extend, send back, validate, notify, retry."""

from __future__ import annotations

from flask import Flask

from app.onboarding.case_admin import (
    extensions,
    incidents,
    notification,
    pages,
    shared_ruc,
    validation,
)


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, extensions, notification, shared_ruc, validation, incidents):
        app.register_blueprint(part.blueprint)
