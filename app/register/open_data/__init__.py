"""The register as files for everyone, and the feed that mirrors follow."""

from __future__ import annotations

from flask import Flask

from app.register.open_data import data, feeds, files


def init_app(app: Flask) -> None:
    """Register the files and the pages that describe them."""
    app.register_blueprint(files.blueprint)
    app.register_blueprint(data.blueprint)
    app.register_blueprint(feeds.blueprint)
