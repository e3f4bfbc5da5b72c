"""URLs of a duplicate: they were given out, and redirect to its target."""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity
from app.people.access import PAGES, PUBLIC, SIGNED_IN, may, me
from app.register.search import query


def new_address() -> Response | None:
    """Redirect a page that was not found to the target's; None if it was not a duplicate's.

    An open form is sent on as it is (308). A user who may not see the target's page gets None.
    """
    code = (request.view_args or {}).get("code")
    if code is None or request.endpoint is None or not query.CODE.fullmatch(code):
        return None
    target = _target_of(code)
    if target is None:
        return None
    rule = PAGES[request.endpoint]
    if rule not in (PUBLIC, SIGNED_IN) and not may(me(), rule, target):
        return None
    address = url_for(request.endpoint, **{**(request.view_args or {}), "code": target.code})
    query_string = request.query_string.decode("latin-1")
    status = 301 if request.method in ("GET", "HEAD") else 308
    return redirect(f"{address}?{query_string}" if query_string else address, status)


def _target_of(code: str) -> Entity | None:
    old = aliased(Entity)
    found = select(Entity).join(old, old.merged_into_id == Entity.id).where(old.code == code)
    return db.session().scalar(found)
