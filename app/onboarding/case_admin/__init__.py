"""Acts on a case from the entity's page: suspend, extend, validate, retry.

`departed_staff`: *Ya no trabaja aquí*, said of another person. Administrators who leave their own
function (*Dejo la función*) do so in `app.administration.leaving`.
"""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.onboarding.case_admin import (
    cancelling,
    certificates,
    departed_staff,
    extensions,
    incidents,
    notification,
    pages,
    shared_ruc,
    validation,
)


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (
        pages,
        cancelling,
        certificates,
        departed_staff,
        extensions,
        notification,
        shared_ruc,
        validation,
        incidents,
    ):
        app.register_blueprint(part.blueprint)
    request_limits.allow_rosters(app, "validation.show")
    for endpoint in ("validation.show", "certificates.sign"):
        request_limits.allow_upload(app, endpoint, request_limits.PHOTOGRAPHS_BYTES)
