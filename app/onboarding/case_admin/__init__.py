"""Acts on a case from the entity's page: suspend, extend, validate, retry; a person who left."""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.onboarding.case_admin import (
    extensions,
    incidents,
    leaving,
    notification,
    pages,
    shared_ruc,
    validation,
)


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, extensions, notification, shared_ruc, validation, incidents, leaving):
        app.register_blueprint(part.blueprint)
    request_limits.allow_rosters(app, "validation.show")
