"""Accounts: sign-in, activation, invitations, reset, a user's own account, unmasking."""

from __future__ import annotations

from flask import Flask, render_template
from flask_login import LoginManager

from app.people.access import tickets
from app.people.accounts import absences, entry, first_steps, links, own, signed_in, unmask
from app.people.accounts.attempts import TooManyTries
from app.people.accounts.blueprint import pages
from app.people.accounts.factor import fresh, passkey_pages
from app.people.accounts.factor import pages as factor_pages
from app.people.accounts.passwords import hashed as hashed

#: Modules that add their pages to the blueprint when they are imported.
PAGES = (absences, first_steps, entry, factor_pages, links, own, passkey_pages, unmask)


def init_app(app: Flask) -> None:
    """Add the pages and the sign-in to the application."""
    manager = LoginManager()
    # Bound to its row in the database instead of to what the browser says it is.
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(signed_in.load)
    app.register_blueprint(pages)
    app.before_request(fresh.guard)  # behind the guard of access
    app.register_error_handler(TooManyTries, too_many)
    app.register_error_handler(tickets.TicketSpent, lambda _: links.spent())


def too_many(fault: TooManyTries) -> tuple[str, int, dict[str, str]]:
    """Return the page for too many tries (429), with the time of the next one."""
    page = render_template("errors/429.html", retry_after=fault.seconds)
    return page, 429, {"Retry-After": str(fault.seconds)}
