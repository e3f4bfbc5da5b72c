"""Addresses of pages, by endpoint, also outside of requests: in mails, jobs and commands."""

from __future__ import annotations

from typing import Any

from flask import current_app


def path_for(endpoint: str, **values: Any) -> str:
    """Return the path of a page, without its host.

    Raises werkzeug.routing.BuildError for an unknown endpoint, or values that do not fit it.
    """
    return current_app.url_map.bind("").build(endpoint, values)


def number_in(text: str) -> int | None:
    """Return the number that an address or a form names a row by; None if it is none.

    Nine digits at most, so that each database can compare it.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def external_url(endpoint: str, **values: Any) -> str:
    """Return the full address of a page, as people type it (ZAGUAN_PUBLIC_URL)."""
    return f"{current_app.config['PUBLIC_URL']}{path_for(endpoint, **values)}"
