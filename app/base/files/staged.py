"""Pages of photographed documents that were sent one by one, until their document is made.

A row of `staged_page` per page, with its JPEG, which is never served. It is in the database, since
the next request can come to another machine. A page was made by our reader of photographs
(`forms.fields.photographs`), so it is no foreign file. The pages of a document are removed when it
is filed, all others after two days (`clean`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session, undefer

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import StagedPage
from forms.fields import photographs
from forms.fields.foreign.bounds import Picture

#: How long a page waits for its document.
STORED_FOR = timedelta(days=2)
#: Greatest number of pages that wait in one task; each has at most 240,000 bytes.
MOST_OF_TASK = 60
#: What a browser calls a page, so that a repeated request adds it once.
KEY = re.compile(r"[0-9a-f]{32}")
TASK_FULL = (
    f"Esta tarea ya tiene {MOST_OF_TASK} páginas sin guardar. Guarda un documento antes de enviar "
    "las de otro."
)
#: How the form writes quarters of a turn.
TURNS = {"": 0, "1": 1, "2": 2, "3": 3}
LOST = "Falta una de las páginas que enviaste. Revísalas y envíala otra vez."


class Full(Exception):
    """No more pages are taken; the message is the sentence for their sender."""


def pages(session: Session, task_id: int, field: str = "") -> Sequence[StagedPage]:
    """Return the pages that wait in a task, or for one of its documents, in their order."""
    found = select(StagedPage).where(StagedPage.task_id == task_id)
    if field:
        found = found.where(StagedPage.field == field)
    return session.scalars(found.order_by(StagedPage.field, StagedPage.place)).all()


def waiting(session: Session, task_id: int) -> dict[str, list[str]]:
    """Return the keys of the pages that wait in a task, by field."""
    found: dict[str, list[str]] = {}
    waiting = select(StagedPage.field, StagedPage.key).where(StagedPage.task_id == task_id)
    for field, key in session.execute(waiting.order_by(StagedPage.field, StagedPage.place)):
        found.setdefault(field, []).append(key)
    return found


def add(session: Session, task_id: int, field: str, key: str, picture: Picture, by_id: int) -> None:
    """Add a page at the end of a document, unless it is already there. Raises Full."""
    db.in_turn(session, f"staged:{task_id}")
    waiting = pages(session, task_id)
    own = [page for page in waiting if page.field == field]
    if any(page.key == key for page in own):
        return
    if len(own) >= photographs.MOST:
        raise Full(photographs.TOO_MANY)
    if len(waiting) >= MOST_OF_TASK:
        raise Full(TASK_FULL)
    page = StagedPage(
        task_id=task_id,
        field=field,
        key=key,
        place=max((page.place for page in own), default=0) + 1,
        sha256=hashlib.sha256(picture.jpeg).hexdigest(),
        jpeg=picture.jpeg,
        width=picture.width,
        height=picture.height,
        by_id=by_id,
        created_at=calendar.now(),
    )
    session.add(page)
    session.flush()


def arrange(session: Session, task_id: int, field: str, keys: Sequence[str]) -> None:
    """Put the pages of a document into the order of their keys; others follow."""
    db.in_turn(session, f"staged:{task_id}")
    rows = pages(session, task_id, field)
    named = {key: number for number, key in enumerate(keys)}
    rows = sorted(rows, key=lambda page: (named.get(page.key, len(named)), page.place))
    for place, page in enumerate(rows, 1):
        page.place = place
    session.flush()


def remove(session: Session, task_id: int, field: str, keys: Collection[str] | None = None) -> None:
    """Remove pages of a document, or all."""
    db.in_turn(session, f"staged:{task_id}")
    for page in pages(session, task_id, field):
        if keys is None or page.key in keys:
            session.delete(page)
    session.flush()


def pictures(
    session: Session, task_id: int, field: str, keys: Sequence[str]
) -> list[Picture] | None:
    """Return the named pages in this order; None if one is missing.

    A key may end in a point and in how many quarters of a turn its page is drawn, clockwise.
    Return an empty list if no page waits for the field: for instance at the second request of a
    double click.
    """
    waiting = select(StagedPage).where(StagedPage.task_id == task_id, StagedPage.field == field)
    found = session.scalars(waiting.options(undefer(StagedPage.jpeg)))
    rows = {page.key: page for page in found}
    if not rows:
        return []
    try:
        named = dict(key.partition(".")[::2] for key in keys)
        return [
            Picture(page.width, page.height, page.jpeg, TURNS[turn])
            for page, turn in ((rows[key], turn) for key, turn in named.items())
        ]
    except KeyError:
        return None


def clean(engine: Engine, stop: Stop) -> int:
    """Delete the pages that have waited for too long."""
    old = StagedPage.created_at < calendar.now() - STORED_FOR
    with db.writing(engine) as session:
        gone: int = session.connection().execute(delete(StagedPage).where(old)).rowcount
    return gone
