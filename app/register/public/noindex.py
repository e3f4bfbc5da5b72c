"""Pages about persons keep away from search engines, whatever their markup says."""

from __future__ import annotations

from flask import Response


def keep_out(response: Response) -> Response:
    """Asks robots to list nothing of it and to follow nothing from it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
