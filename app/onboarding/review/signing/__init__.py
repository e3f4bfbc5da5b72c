"""The papers that the Despacho signs, many at once: one ZIP down, one ZIP up.

`waiting` lists the papers that wait for a signature, `originals` packs them, `recognising` finds
out which paper each signed file is, `staging` puts it into the draft of its step, `registering`
answers the steps, and `pages` shows all that. Nothing belongs to a batch: a ZIP may hold papers of
several.
"""

from __future__ import annotations

from flask import Flask

from app.base import request_limits
from app.onboarding.review.signing import pages


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(pages.blueprint)
    request_limits.allow_upload(app, "signing.take", request_limits.PAST_BYTES)
