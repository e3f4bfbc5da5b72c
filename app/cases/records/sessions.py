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
from forms.records import PublishedSession

TOPICS = ("thematic", "technical")


class SessionFull(Exception):
    """The last seat of the session was taken by another entity."""


def published(topic: str) -> Callable[[Case], list[PublishedSession]]:
    """Return a reader of the future sessions of a topic that have a seat."""

    def read(case: Case) -> list[PublishedSession]:
        rows = case.session.scalars(
            select(InductionSession)
            .where(
                InductionSession.topic == topic,
                InductionSession.cancelled.is_(False),
                InductionSession.at > calendar.now(),
                InductionSession.taken < InductionSession.seats,
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
                "seats_left": row.seats - row.taken,
            }
            for row in rows
        ]

    return read


def reader(topic: str) -> Callable[[Case], forms.records.InductionSession | None]:
    """Return a reader of the session that the entity attends; a published one as it is now."""

    def read(case: Case) -> forms.records.InductionSession | None:
        document: forms.records.InductionSession | None = documents.read(case, f"{topic}_session")
        if document and document.get("session"):
            row = case.session.get(InductionSession, int(document["session"]))
            if row:
                return document | {
                    "at": row.at.isoformat(),
                    "minutes": row.minutes,
                    "place": row.place,
                    "link": row.link,
                }
        return document

    return read


def writer(topic: str) -> Callable[[Case, forms.records.InductionSession], None]:
    """Return a writer of the session that the entity attends, which takes or leaves seats.

    It raises SessionFull when the seat is gone.
    """

    def write(case: Case, value: forms.records.InductionSession) -> None:
        leave_seats(case, topic)
        if value.get("session"):
            take_seat(case, int(value["session"]))
        documents.write(case, f"{topic}_session", value)

    return write


def take_seat(case: Case, session_id: int) -> None:
    """Take a seat, or raise SessionFull: one statement decides between concurrent requests."""
    taken = case.session.execute(
        update(InductionSession)
        .where(
            InductionSession.id == session_id,
            InductionSession.taken < InductionSession.seats,
            InductionSession.cancelled.is_(False),
        )
        .values(taken=InductionSession.taken + 1)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise SessionFull
    case.session.add(
        Seat(session_id=session_id, instance_id=case.instance.id, taken_at=calendar.now())
    )
    case.session.flush()


def leave_seats(case: Case, topic: str) -> None:
    """Give back the entity's seats in future sessions of a topic."""
    seats = case.session.scalars(
        select(Seat)
        .join(InductionSession)
        .where(Seat.instance_id == case.instance.id, InductionSession.topic == topic)
    )
    for seat in seats:
        if seat.session.at > calendar.now():
            case.session.execute(
                update(InductionSession)
                .where(InductionSession.id == seat.session_id)
                .values(taken=InductionSession.taken - 1)
            )
        case.session.delete(seat)
    case.session.flush()


def day(topic: str) -> Callable[[Case], datetime]:
    """Return a reader of the moment at which the session that the entity attends begins."""

    def read_day(case: Case) -> datetime:
        session = reader(topic)(case)
        return datetime.fromisoformat(session["at"]) if session else calendar.now()

    return read_day
