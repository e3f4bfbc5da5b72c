"""How people get in: sign-in, activation, invitations, reset, their own account, unmasking."""

from __future__ import annotations

from flask import Flask

from app.access import invite, issue_activation_code, open_account

__all__ = ["init_app", "invite", "issue_activation_code", "open_account"]


def init_app(app: Flask) -> None:
    """Adds the pages and the sign-in to the application."""
