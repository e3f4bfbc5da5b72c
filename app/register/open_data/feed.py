"""The feed for mirrors: every change, in the order in which it became visible."""

from __future__ import annotations

import re
from datetime import date, datetime

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from app.base import calendar
from app.register.export import changes
from app.register.export.answers import document, problem
from app.register.export.changes import Cursor

BEGIN_ANEW = (
    "Ese cursor ya no sirve: los datos se restauraron de una copia, o cambió la regla de lo que se "
    "publica. Borra tu copia y empieza otra vez, sin cursor."
)
NOT_OURS = "Ese cursor no es uno que hayamos dado: úsalo tal como vino."
#: Years that a moment may have.
YEARS = range(1900, 2200)
#: A + in an address arrives as a space.
PLUS = re.compile(r" (?=\d\d:\d\d$)")


class BadRequest(Exception):
    """A parameter is wrong; the message is a sentence for the client."""


def answer(session: Session) -> Response:
    """Return the page of changes that the address names."""
    try:
        limit = _limit(request.args.get("limite", ""))
        said = request.args.get("cursor", "")
        since = _moment(request.args.get("updated_since", ""))
        cursor = _cursor(said) if said else changes.beginning(session, since)
    except BadRequest as fault:
        return problem(400, str(fault))
    epoch = changes.epoch(session)
    if cursor.epoch != epoch:
        return problem(410, BEGIN_ANEW, epoca=epoch)
    page = changes.page(session, cursor, limit)
    if not page.changes and changes.is_beyond(session, cursor):
        return problem(400, NOT_OURS)
    return document(
        {
            "epoca": epoch,
            "cursor": str(page.next),
            "hay_mas": page.more,
            "siguiente": url_for(".changes", cursor=page.next, limite=limit),
            "cambios": page.changes,
        },
        indent=None,
    )


def _limit(text: str) -> int:
    if not text:
        return changes.MOST
    if text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= changes.MOST:
        return int(text)
    raise BadRequest(f"limite es un número de 1 a {changes.MOST}.")


def _cursor(text: str) -> Cursor:
    cursor = Cursor.read(text)
    if cursor is None:
        raise BadRequest(NOT_OURS)
    return cursor


def _moment(text: str) -> datetime | None:
    """Read a moment with its zone, or the start of a day in Lima."""
    if not text:
        return None
    said = PLUS.sub("+", text.strip())
    try:
        on_day = len(said) == 10
        found = (
            calendar.midnight(date.fromisoformat(said)) if on_day else datetime.fromisoformat(said)
        )
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise BadRequest(
            "updated_since es un día (2026-03-02) o un momento con su zona "
            "(2026-03-02T08:00:00-05:00)."
        )
    return found
