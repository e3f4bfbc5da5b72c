"""Subscriptions of citizens: requested, confirmed by a link, mailed once a day, ended at a click.

`subscribers`: addresses and what they follow; `daily`: the mail of the night; `pages`: the forms.
The address is stored encrypted, is on no page and in no log, and is erased when its owner leaves.
"""

from __future__ import annotations

from flask import Flask

from app.register.subscriptions import pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(pages.blueprint)
    # A mail program has no session and no token of ours; the address itself is the secret.
    app.extensions["csrf"].exempt(pages.leave)
