"""Signing in with an OpenID Connect provider, such as ID GOB.PE (`ZAGUAN_OIDC_…`).

`calls`: requests to the provider, with bounds. `metadata`: its endpoints and keys. `policy`: the
strength of authentication that each person needs. `trip`: what the browser holds until it comes
back. `tokens`: the document that the provider names. `pages`: going there and coming back.
"""

from __future__ import annotations

from flask import Flask

from app.people.provider.pages import blueprint


def init_app(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(blueprint)
