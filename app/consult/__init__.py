"""The register for everyone: search, visits, decision-makers, interest acts, coverage."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Adds the pages."""
