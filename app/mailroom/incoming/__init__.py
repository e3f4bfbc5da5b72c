"""Incoming mail: bounces, automatic replies, complaints, and answers of people.

`reading`: a message as plain text; `kinds`: which kind it is; `receiving`: what follows from it;
`pipe`: the worker's job; `pages`: where it is read; `contacts`: addresses that do not work.
"""

from __future__ import annotations

from flask import Flask

from app.mailroom.incoming import contacts, pages


def init_app(app: Flask) -> None:
    """Add the pages of incoming mail."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(contacts.blueprint)
