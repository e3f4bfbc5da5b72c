"""The register as files for everyone, and the feed that mirrors follow."""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.register.open_data import data, dumps, feeds, files


def init_app(app: Flask) -> None:
    """Register the files and the pages that describe them."""
    for part in (files, data, feeds, dumps):
        app.register_blueprint(part.blueprint)
        request_limits.bound_reading(app, part.blueprint)
