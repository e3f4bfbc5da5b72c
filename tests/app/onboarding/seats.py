"""Induction sessions of the tests: publish, choose, change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import InductionSession, Mail, User
from app.cases import processes
from app.cases.records.sessions import SessionFull, waiting
from app.onboarding.tasks.loading import TaskPage
from tests.app.walk import Walk
from tests.conftest import Clock

FORM = {
    "topic": "thematic",
    "on": "10/03/2026",
    "hour": "10:00",
    "minutes": "60",
    "place": "Auditorio de ejemplo",
    "link": "",
    "seats": "5",
}


def publish(session: Session, topic: str, *, seats: int = 5, at: datetime | None = None) -> int:
    """Publish a session, by default in a week; return its id."""
    row = InductionSession(
        topic=topic,
        changed_at=calendar.now(),
        at=at or calendar.now() + timedelta(days=7),
        minutes=60,
        place="Auditorio de ejemplo",
        link="",
        seats=seats,
        taken=0,
    )
    session.add(row)
    session.flush()
    return row.id


def published(walk: Walk, seats: int = 5, days: int = 30, topic: str = "thematic") -> int:
    """Publish a session some days from now; return its id."""
    with walk.writing() as session:
        at = calendar.now() + timedelta(days=days)
        return publish(session, topic, seats=seats, at=at)


def choose(walk: Walk, instance: int, by: int, topic: str = "thematic") -> str:
    """Choose the first session on offer as an administrator; return the outcome."""
    try:
        with walk.writing() as session:
            user = session.get_one(User, by)
            task = walk.find(session, f"choose_{topic}_session", instance)
            task_page = TaskPage.of(session, task.id, user)
            if not task_page.given[f"{topic}_sessions"]:
                return "nothing on offer"
            task_page = walk.fill(session, task, user, "chosen")
            processes.complete(session, task.id, task_page.step, task_page.form, by)
    except SessionFull:
        return "full"
    return "seated"


def session_row(walk: Walk, key: int) -> InductionSession:
    """Return a session as stored."""
    return walk.get(InductionSession, key)


def change(walk: Walk, key: int, **fields: str) -> Any:
    """Change a session as a coordinator; return the response."""
    return walk.browser("sip").post(f"/sesiones/{key}/cambiar", data=FORM | fields)


def invitation(mail: Mail) -> dict[str, Any]:
    """Return the calendar data of a mail."""
    assert mail.meeting is not None
    return mail.meeting


def invitations(walk: Walk) -> list[Mail]:
    """Return the invitations, in order."""
    query = select(Mail).where(Mail.kind.like("meeting%")).order_by(Mail.id)
    return walk.all(query)


def seat(walk: Walk) -> int:
    """Publish a session on Monday 9 March, 8:00 in Lima, with a seat taken by the walk's case."""
    walk.begin_at("induction")
    key = walk.commit(publish, "thematic", seats=3)
    assert choose(walk, walk.id, walk.people["administrator"]) == "seated"
    return key


def cancel(walk: Walk) -> None:
    """Cancel the walk's case as a coordinator."""
    walk.act(processes.cancel, "Lo pidió la entidad")


def begun(walk: Walk, clock: Clock, count: int) -> list[tuple[int, int]]:
    """Return cases at the beginning of the induction and their administrators, a day apart.

    The first one has the longest clock. Time ends on a working day.
    """
    found = []
    for number in range(1, count + 1):
        code = f"E9000{number}"
        by = walk.person(f"4000005{number}", "administrator", code)
        found.append((walk.begin_at("induction", code=code), by))
        clock.forward(days=1)
    return found


def enrol(walk: Walk, instance: int, key: int, role: str = "sip") -> str:
    """Enrol a case in a session as a coordinator; return the result."""
    return walk.act(processes.enrol, key, on=instance, by=role)


def waits(walk: Walk, key: int) -> list[int]:
    """Return the cases on the list of a session in its order."""
    return [one.instance_id for one in walk.read(waiting.of_session, key)]
