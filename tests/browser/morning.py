"""A morning of a coordinator: 300 entities under way, forty of them in a session that was held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, InductionSession, ProcessInstance, Seat, Task
from tests.app import cast
from tests.app.onboarding.seats import choose, publish, session_row
from tests.app.walk import PARTS, Walk
from tests.bench.copies import Prototype, copy_one
from tests.conftest import Clock

#: Entities under way, and those of them that have a seat in the session.
ENTITIES, SEATED = 300, 40
STEP = "record_thematic_induction"


def fill(walk: Walk, clock: Clock) -> int:
    """Bring 300 entities under way, as two real cases and their copies; return the session's id.

    Forty had a seat in a session that was held an hour ago. The others are late with the
    designation.
    """
    with walk.writing() as session:
        cast.entity(session, "E90002")
        clock_at = calendar.now()
        key = publish(session, "thematic", seats=SEATED, at=clock_at + timedelta(days=28))
    late = walk.begin(code="E90002")
    clock.set(clock_at + timedelta(days=21))
    seated = walk.begin_at("induction", code="E90003")
    by = walk.person("40000053", "administrator", "E90003")
    assert choose(walk, seated, by) == "seated"
    with walk.writing() as session:
        for number, (original, count) in enumerate(((seated, SEATED), (late, ENTITIES - SEATED))):
            prototype = Prototype.read(session, original)
            for copy in range(1, count):
                copy_one(session, prototype, number * 1000 + copy)
        session.flush()
        take_seats(session, key)
    clock.set(session_row(walk, key).at + timedelta(hours=1))
    assert walk.tick() == SEATED
    return key


def take_seats(session: Session, key: int) -> None:
    """Give the copies of the seated case a seat too."""
    copies = session.scalars(
        select(ProcessInstance.id)
        .join(Entity)
        .where(Entity.origin == "bench", ProcessInstance.stage == "induction")
    ).all()
    assert len(copies) == SEATED - 1
    now = calendar.now()
    session.add_all(Seat(session_id=key, instance_id=one, taken_at=now) for one in copies)
    session.get_one(InductionSession, key).taken = SEATED


@dataclass
class Coordinator:
    """A coordinator at a browser, who counts the clicks and the pages that a piece of work takes.

    Typing a word, and choosing in a list, count as a click.
    """

    page: Any
    address: str
    clicks: int = 0
    pages: int = 0

    def begin(self) -> None:
        """Count from here on."""
        self.clicks = self.pages = 0

    def goes(self, path: str) -> None:
        """Open an address: one page."""
        self.page.goto(f"{self.address}{path}")
        self.pages += 1

    def signs_in(self) -> None:
        """Sign in as the coordinator of the SIP."""
        self.goes("/ingresar")
        self.page.fill("#document_number", PARTS["sip"][0])
        self.page.fill("#password", cast.PASSWORD)
        self.clicks += 2
        self.to_page(self.page.locator("main button[type=submit]"))

    def to_page(self, there: Any) -> None:
        """Click what leads to another page."""
        with self.page.expect_navigation():
            there.click()
        self.clicks += 1
        self.pages += 1

    def follows(self, name: str) -> None:
        """Follow a link by its text."""
        self.to_page(self.page.get_by_role("link", name=name).first)

    def presses(self, name: str) -> None:
        """Press a button by its text."""
        self.to_page(self.page.locator("main").get_by_role("button", name=name).first)

    def marks(self, there: Any) -> None:
        """Mark a box or one of several options."""
        there.check()
        self.clicks += 1

    def writes(self, there: Any, text: str) -> None:
        """Write into a field."""
        there.fill(text)
        self.clicks += 1

    def confirms(self, count: int) -> None:
        """Confirm a batch with the number of its rows."""
        self.writes(self.page.locator("#cuantas"), str(count))
        self.presses("Confirmar")

    def chooses(self, label: str, value: str) -> None:
        """Choose in a list."""
        self.page.get_by_label(label, exact=True).select_option(value)
        self.clicks += 1


def open_tasks(walk: Walk) -> list[Task]:
    """Return the open tasks that record the attendance, by id."""
    query = select(Task).where(Task.step == STEP, Task.state == "open").order_by(Task.id)
    return walk.all(query)
