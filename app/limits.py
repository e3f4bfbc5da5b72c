"""How much a request may send: little, and more on the pages that take a roster."""

from __future__ import annotations

from flask import Flask, request

#: Bytes and parts of form data on a page with a roster of up to 5,000 rows.
ROSTER_BYTES = 4 * 1024 * 1024
ROSTER_PARTS = 20_000
ROSTER_PAGES = frozenset({"tasks.show", "validation.show"})


def init_app(app: Flask) -> None:
    """Sets the limits; to be called before anything else that reads forms (CSRF does)."""
    app.before_request(make_room)


def make_room() -> None:
    """Raises the limits where a roster may come. Files and all, MAX_CONTENT_LENGTH holds."""
    if request.endpoint in ROSTER_PAGES:
        request.max_form_memory_size = ROSTER_BYTES
        request.max_form_parts = ROSTER_PARTS
