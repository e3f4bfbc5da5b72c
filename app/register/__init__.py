"""Pages for those who record visits: the desk, and what stands beside it."""

from __future__ import annotations

from flask import Flask

from app.register import frame


def init_app(app: Flask) -> None:
    """Adds the pages, and what they share."""
    app.context_processor(frame.frame)
