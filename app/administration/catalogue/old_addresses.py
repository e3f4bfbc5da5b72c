"""Addresses of a duplicate: they were given out, and lead to the entity that it is."""

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
    """To where a page that was not found is now; None where it was never of a duplicate.

    A form that was open meanwhile is sent on as it is. Whoever may not see the page there is
    told of nothing.
    """
    code = (request.view_args or {}).get("code")
    if code is None or request.endpoint is None or not query.CODE.fullmatch(code):
        return None
    kept = _kept(code)
    if kept is None:
        return None
    rule = PAGES[request.endpoint]
    if rule not in (PUBLIC, SIGNED_IN) and not may(me(), rule, kept):
        return None
    address = url_for(request.endpoint, **{**(request.view_args or {}), "code": kept.code})
    asked = request.query_string.decode("latin-1")
    status = 301 if request.method in ("GET", "HEAD") else 308
    return redirect(f"{address}?{asked}" if asked else address, status)


def _kept(code: str) -> Entity | None:
    old = aliased(Entity)
    found = select(Entity).join(old, old.merged_into_id == Entity.id).where(old.code == code)
    return db.session().scalar(found)
