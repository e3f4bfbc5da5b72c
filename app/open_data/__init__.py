"""The register as files for everyone, and what mirrors follow."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Adds the pages."""
