"""Legal steps, their notices, and what tests read of both."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mail, Notice
from app.mailroom import sending
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

#: Each legal step: the role that answers it, and the coordinator who notifies it.
LEGAL = {
    "correct_designation": ("preparer", "sip"),
    "correct_personnel": ("administrator", "sgtd"),
}


def observe(walk: Walk, step: str) -> None:
    """Take a case to a legal step: the mesa de partes observed the presentation."""
    if step == "correct_designation":
        walk.begin()
        walk.designate()
        walk.answer("record_reception", "observed")
        return
    walk.begin_at("resubmission")
    walk.answer("update_personnel")
    walk.answer("file_personnel")
    walk.answer("record_personnel_reception", "observed")


@pytest.fixture(params=LEGAL)
def step(request: pytest.FixtureRequest, walk: Walk) -> str:
    """Return each legal step, open since Monday 2 March 2026 at eight, its mail not sent yet."""
    observe(walk, request.param)
    return str(request.param)


def at(clock: Clock, day: int, hour: int = 9, minute: int = 0) -> None:
    """Set the clock to a time of a day of March 2026 in Lima."""
    clock.set(datetime(2026, 3, day, hour, minute, tzinfo=calendar.LIMA))


def send(walk: Walk) -> None:
    """Let the worker send the waiting mails and note that they were sent."""
    sending.run(walk.app)
    walk.tick()


def path(walk: Walk, number: int = -1) -> str:
    """Return the path of the link in a notice, as its reader has it."""
    found = re.search(r"http://localhost(/avisos/recibido/\S+)", notice(walk, number).body)
    assert found
    return found[1]


def notice(walk: Walk, number: int = -1) -> Mail:
    """Return a notice, by default the newest."""
    return walk.mails("legal_notice")[number]


def anonymous(walk: Walk) -> CheckingClient:
    """Return a browser in which no user is signed in."""
    client = walk.app.test_client()
    assert isinstance(client, CheckingClient)
    return client


def term(walk: Walk, step: str) -> tuple[date | None, date | None]:
    """Return the day from which the term is counted, and its last day."""
    task = walk.task(step)
    return task.counted_on, calendar.last_day(task.due_at) if task.due_at else None


def paper(walk: Walk) -> list[Notice]:
    """Return the notices on paper that wait."""
    query = select(Notice).where(Notice.kind == "notify_on_paper", Notice.done_at.is_(None))
    return walk.all(query)


def open_step(walk: Walk, step: str, role: str = "") -> Any:
    """Open the step's page as a user."""
    client = walk.browser(role or LEGAL[step][0])
    return client.get(f"/tareas/{walk.task(step).id}", follow_redirects=True)


def of_pcm(walk: Walk, role: str) -> int:
    """Return the browser of a user of the PCM."""
    walk.people[role] = walk.people.get(role) or walk.person("40000099", role)
    return walk.people[role]
