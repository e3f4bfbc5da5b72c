"""Keeps pages about persons out of search engines, whatever their markup says."""

from __future__ import annotations

from flask import Response


def keep_out(response: Response) -> Response:
    """Tell robots not to index the page and not to follow its links."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
