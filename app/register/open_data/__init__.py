"""The register as files for everyone, and what mirrors follow."""

from __future__ import annotations

from flask import Flask

from app.register.open_data import data, files


def init_app(app: Flask) -> None:
    """Adds the files, and the pages that tell of them."""
    app.register_blueprint(files.blueprint)
    app.register_blueprint(data.blueprint)
