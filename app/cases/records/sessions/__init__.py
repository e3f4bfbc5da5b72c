"""Induction sessions: the published ones with seats, and the one that an entity attends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

import forms.records
from app.base import calendar
from app.base.models import InductionSession, Seat
from app.cases.case import Case
from app.cases.records import documents
from app.cases.records.sessions import waiting
from forms.records import PublishedSession

TOPICS = ("thematic", "technical")


class SessionFull(Exception):
    """The last seat of the session was taken by another entity."""


def published(topic: str) -> Callable[[Case], list[PublishedSession]]:
    """Return a reader of the future sessions of a topic with a seat for the case.

    Seats for which others waited before are not offered.
    """

    def read(case: Case) -> list[PublishedSession]:
        queue = waiting.queue_length(case.instance.id)
        rows = case.session.execute(
            select(InductionSession, InductionSession.seats - InductionSession.taken - queue)
            .where(
                InductionSession.topic == topic,
                InductionSession.at > calendar.now(),
                waiting.is_free(case.instance.id),
            )
            .order_by(InductionSession.at)
        )
        return [
            {
                "id": str(row.id),
                "at": row.at.isoformat(),
                "minutes": row.minutes,
                "place": row.place,
                "link": row.link,
                "seats_left": left,
            }
            for row, left in rows
        ]

    return read


def as_published(
    document: forms.records.InductionSession, row: InductionSession | None
) -> forms.records.InductionSession:
    """Return the document of a session with the moment and place of the published one, if any."""
    if row is None:
        return document
    return document | {
        "at": row.at.isoformat(),
        "minutes": row.minutes,
        "place": row.place,
        "link": row.link,
    }


def reader(topic: str) -> Callable[[Case], forms.records.InductionSession | None]:
    """Return a reader of the session that the entity attends; a published one as it is now."""

    def read(case: Case) -> forms.records.InductionSession | None:
        document: forms.records.InductionSession | None = documents.read(case, f"{topic}_session")
        if document and document.get("session"):
            row = case.session.get(InductionSession, int(document["session"]))
            return as_published(document, row)
        return document

    return read


def writer(topic: str) -> Callable[[Case, forms.records.InductionSession], None]:
    """Return a writer of the session that the entity attends, which takes or leaves seats.

    It raises SessionFull when the seat is gone.
    """

    def write(case: Case, value: forms.records.InductionSession) -> None:
        wanted = int(value["session"]) if value.get("session") else None
        leave_seats(case, topic, wanted)
        if wanted is not None:
            take_seat(case, wanted)
        documents.write(case, f"{topic}_session", value)

    return write


def take_seat(case: Case, session_id: int) -> None:
    """Take a free seat for a case, and leave the list of the session. Raise SessionFull.

    One statement decides between concurrent requests. The session must be locked.
    """
    taken = case.session.execute(
        update(InductionSession)
        .where(InductionSession.id == session_id, waiting.is_free(case.instance.id))
        .values(taken=InductionSession.taken + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise SessionFull
    row = waiting.row_of(case.session, session_id, case.instance.id)
    if row is not None:
        case.session.delete(row)
    case.session.add(
        Seat(session_id=session_id, instance_id=case.instance.id, taken_at=calendar.now())
    )
    case.session.flush()


def leave_seats(case: Case, topic: str, but_for: int | None = None) -> None:
    """Give back the entity's seats in future sessions of a topic, and leave their waiting lists.

    Seats of sessions that have begun stay. `but_for`: the session in which it takes a seat now; it
    keeps its place on that list.
    """
    waiting.hold_sessions(case.session, case.instance.id, topic, but_for or 0)
    seats = case.session.scalars(
        select(Seat)
        .join(InductionSession)
        .where(
            Seat.instance_id == case.instance.id,
            InductionSession.topic == topic,
            InductionSession.at > calendar.now(),
        )
    )
    for seat in seats:
        case.session.execute(
            update(InductionSession)
            .where(InductionSession.id == seat.session_id)
            .values(taken=InductionSession.taken - 1)
        )
        case.session.delete(seat)
    waiting.leave(case.session, case.instance.id, topic, but_for)
    case.session.flush()


def day(topic: str) -> Callable[[Case], datetime]:
    """Return a reader of the moment at which the session that the entity attends begins."""

    def read_day(case: Case) -> datetime:
        session = reader(topic)(case)
        return datetime.fromisoformat(session["at"]) if session else calendar.now()

    return read_day
