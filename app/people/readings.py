"""Readings of personal data by an entity's own people: entries of the log.

The first answer of a day with personal data of an entity writes an entry: one for each person,
entity, kind of page and day in Lima, which the database holds by a unique index. It is written
after the answer was sent, in a separate transaction. People of the PCM state a purpose instead
(`app.people.accounts.unmask`), or their readings of papers are logged one by one.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from threading import Lock
from typing import cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

from app.base import audit_log, calendar, db
from app.people import access

logger = logging.getLogger(__name__)

EXTENSION = "readings"
#: Person, entity, kind and day.
Key = tuple[int, int, str, date]
#: Readings that a process remembers, written or waiting, at most.
MOST_KNOWN = 20_000
#: Statuses of answers that show data: a page, also with a form that was refused (409, 422); a part
#: of a file; and what the browser still has from an earlier day (304).
SHOWN = (200, 206, 304, 409, 422)


@dataclass(frozen=True)
class Kind:
    """A kind of page; `action`: the right by which its readers see the data in full."""

    name: str
    action: str


KINDS: Mapping[str, Kind] = {
    "steps": Kind("Pasos del trámite", "see_documents"),
    "roster": Kind("Relación de personal", "see_documents"),
    "attendance": Kind("Asistencia a la capacitación", "see_documents"),
    "papers": Kind("Documentos del trámite", "read_file"),
    "people": Kind("Personas y contactos de la entidad", "see_entity"),
    "desk": Kind("Mesa de visitas y agenda", "see_visitors"),
    "visits": Kind("Visitas registradas", "see_visitors"),
    "acts": Kind("Actos de gestión de intereses", "see_visitors"),
    "imports": Kind("Importación de visitas pasadas", "manage_register"),
    "requests": Kind("Pedidos de personas", "manage_register"),
    "breaches": Kind("Personas afectadas por un incidente", "report_breach"),
}

#: Endpoint → the key of the kind of its answers. A test opens every address and finds the answers
#: with document numbers, and the files, that are not here.
PAGES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("tasks.show", "tasks.review", "tasks.send", "tasks.entered"),
            *("tasks.letter_text", "tasks.number_paper"),
        ),
        "steps",
    ),
    **dict.fromkeys(
        ("review.roster", "leaving.show_people", "leaving.official", "leaving.account"), "roster"
    ),
    **dict.fromkeys(
        ("review.attendance", "tasks.attendance_sheet", "sessions.sheet_of_entity"),
        "attendance",
    ),
    **dict.fromkeys(
        (
            *("public.file", "papers.show", "papers.page", "papers.picture"),
            *("papers.large_picture", "papers.signature", "tasks.documents", "tasks.divide"),
            *("tasks.download_paper", "entities.send_dossier", "departures.sheet"),
            "mandate_plan.sheet",
        ),
        "papers",
    ),
    "entities.show_people": "people",
    **dict.fromkeys(
        (
            *("desk.show", "desk.find_visitor", "closing.close_day"),
            *("agenda.show", "agenda.new", "agenda.arrive", "agenda.cancel"),
        ),
        "desk",
    ),
    **dict.fromkeys(
        (
            *("kept.list_visits", "kept.show", "kept.correct", "kept.annul", "kept.reserve"),
            *("kept.lift", "kept.hide", "kept.decide"),
        ),
        "visits",
    ),
    **dict.fromkeys(
        ("acts.list_acts", "acts.show", "acts.new", "acts.correct", "acts.annul"), "acts"
    ),
    **dict.fromkeys(
        ("past.show", "past.upload", "past.columns", "past.show_run", "past.table"), "imports"
    ),
    **dict.fromkeys(("kept.list_requests", "kept.answer_request"), "requests"),
    "breaches.people": "breaches",
}


@dataclass(frozen=True)
class Reading:
    """What an entry says: who read what kind of page of which entity, and when."""

    actor_id: int
    entity_id: int
    #: A key of KINDS.
    kind: str
    at: datetime

    @property
    def day(self) -> date:
        """The day in Lima."""
        return calendar.lima_day(self.at)

    @property
    def key(self) -> Key:
        """What there is one entry of."""
        return self.actor_id, self.entity_id, self.kind, self.day


class Known:
    """The readings of a day that this process knows to be in the log, and those that wait.

    One thread writes, so that a database that is busy holds no other.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._keys: set[Key] = set()
        self._waiting: dict[Key, Reading] = {}
        self.writing = Lock()

    def has(self, reading: Reading) -> bool:
        """Return whether the entry of a reading exists, as far as this process knows."""
        return reading.key in self._keys

    def add(self, reading: Reading) -> None:
        """Remember that the entry of a reading exists."""
        if self._day != reading.day or len(self._keys) >= MOST_KNOWN:
            self._day, self._keys = reading.day, set()
        self._keys.add(reading.key)

    def expect(self, reading: Reading) -> None:
        """Let a reading wait for its entry."""
        if len(self._waiting) < MOST_KNOWN:
            self._waiting.setdefault(reading.key, reading)

    def is_waiting(self) -> bool:
        """Return whether a reading waits."""
        return bool(self._waiting)

    def take(self) -> Reading | None:
        """Return a reading that waits, which no longer does; None without one."""
        try:
            return self._waiting.popitem()[1]
        except KeyError:
            return None


def init_app(app: Flask) -> None:
    """Log the readings of all pages in PAGES."""
    app.extensions[EXTENSION] = Known()
    app.after_request(_note)


def about(entity_id: int | None) -> None:
    """Name the entity that the answer is about, if its address does not have the code."""
    g.read_entity_id = entity_id


def _note(response: Response) -> Response:
    """Write the entry of a reading when the answer has been sent, if it is the first of its day."""
    reading = _reading(response)
    if reading is not None and not current_app.extensions[EXTENSION].has(reading):
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        _when_sent(response, partial(write, app, reading))
    return response


def _when_sent(response: Response, job: Callable[[], None]) -> None:
    """Call a job when an answer was sent; a file that is passed through has no other end."""
    if response.direct_passthrough:
        pieces = cast("Iterable[bytes]", response.response)
        response.response = ClosingIterator(pieces, job)
    else:
        response.call_on_close(job)


def _reading(response: Response) -> Reading | None:
    """Return what an answer lets its reader see; None if nothing has to be logged."""
    page = PAGES.get(request.endpoint or "")
    if page is None or response.status_code not in SHOWN or request.method == "HEAD":
        return None
    entity = g.get("entity")
    entity_id = entity.id if entity is not None else g.get("read_entity_id")
    user = access.me()
    if user is None or entity_id is None:
        return None
    own = access.roles_of(user, entity_id) & access.ENTITY_ROLES
    if own.isdisjoint(access.ACTIONS[KINDS[page].action]):
        return None
    return Reading(user.id, entity_id, page, calendar.now())


def write(app: Flask, reading: Reading) -> None:
    """Write the entry of a reading, in a separate transaction, unless it is there.

    While another thread writes, that thread writes this one as well. A failure is logged for
    operators, and the next reading of anyone tries again: the answer was sent already.
    """
    known: Known = app.extensions[EXTENSION]
    known.expect(reading)
    while known.is_waiting() and known.writing.acquire(blocking=False):
        try:
            if not _write_next(app, known):
                return
        finally:
            known.writing.release()


def _write_next(app: Flask, known: Known) -> bool:
    """Write the entry of a reading that waits. Return whether that worked."""
    reading = known.take()
    if reading is None:
        return True
    try:
        _write(app, reading)
    except (SQLAlchemyError, sqlite3.Error, OSError) as fault:
        known.expect(reading)
        logger.warning(
            "a reading of personal data is not in the log (%s): person %s, entity %s, %s",
            type(fault).__name__,
            reading.actor_id,
            reading.entity_id,
            reading.kind,
        )
        return False
    known.add(reading)
    return True


def _write(app: Flask, reading: Reading) -> None:
    with db.writing(app) as session:
        audit_log.write_once(
            session,
            "data.read",
            at=reading.at,
            actor_id=reading.actor_id,
            entity_id=reading.entity_id,
            page=reading.kind,
            day=reading.day.isoformat(),
        )
