"""The induction sessions that the demo's coordinators publish every week."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import InductionSession

#: How far ahead (calendar days) a session is published.
AHEAD = 12
PLACES = (
    ("", "https://reuniones.example.org/induccion-rvl"),
    ("Auditorio de la sede central, Lima", ""),
)


def publish(session: Session, topic: str, author_id: int, seats: int, random: Random) -> None:
    """Publish a session of a topic on a working day in about two weeks."""
    day = calendar.calendar_of(session, None).on_or_after(
        calendar.today() + timedelta(days=AHEAD + random.randint(0, 3))
    )
    place, link = PLACES[random.random() < 0.2]
    session.add(
        InductionSession(
            topic=topic,
            changed_at=calendar.now(),
            at=moment(day, random.randint(9, 16)),
            minutes=random.choice((60, 90, 120)),
            place=place,
            link=link,
            seats=seats,
            created_by_id=author_id,
        )
    )


def moment(day: date, hour: int) -> datetime:
    """Return an hour of a day in Lima."""
    return datetime.combine(day, time(hour), calendar.LIMA)
