"""The guard of pages: it enforces the table of `pages` before any view runs."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, g, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity
from app.people.access import pages, unsent
from app.people.access.pages import PUBLIC, SIGNED_IN
from app.people.access.rules import may, may_somewhere, me


def init_app(app: Flask) -> None:
    """Guard every page of the application."""
    app.before_request(guard)


def guard() -> Response | None:
    """Accept the request, redirect signed-out users to sign in, or answer 404."""
    if request.endpoint is None:
        return None  # no such page: Flask says so
    rule = pages.PAGES.get(request.endpoint)
    if rule is None:
        abort(404)
    if rule == PUBLIC:
        return None
    user = me()
    if user is None:
        return to_sign_in()
    if rule == SIGNED_IN:
        return None
    code = (request.view_args or {}).get("code")
    if code is None:
        allowed = may_somewhere(user, rule)
    else:
        g.entity = db.session().scalar(select(Entity).where(Entity.code == code))
        allowed = g.entity is not None and may(user, rule, g.entity)
    if not allowed:
        abort(404)
    return None


def this_entity() -> Entity:
    """Return the entity that the address names (`<code>`), whose page the guard has let pass."""
    entity: Entity = g.entity
    return entity


def to_sign_in() -> Response:
    """Return where the signed-out go; afterwards they come back to the page that they wanted.

    The form that they posted is kept for them (see `unsent`).
    """
    reads = request.method in ("GET", "HEAD")
    wanted = request.full_path.rstrip("?") if reads else unsent.keep()
    return unsent.lead(url_for("accounts.sign_in", siguiente=wanted or None))


def try_again() -> Response | None:
    """Answer a form that comes from another session than the one it was made in.

    Redirect to its page, filled (signed-out users sign in first). Return None if the form does not
    belong to the reader."""
    wanted = unsent.keep()
    if not wanted:
        return None
    signed_in = me() is not None
    return unsent.lead(wanted if signed_in else url_for("accounts.sign_in", siguiente=wanted))


def local_path(text: str | None) -> str:
    """Return a path of this site to go to, or "/" for any other text."""
    if not text or not text.startswith("/") or text.startswith("//") or not text.isprintable():
        return "/"
    if "\\" in text or len(text) > 500:
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc else text
