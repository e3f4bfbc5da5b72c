"""Entities whose mandate ends on 31 December 2026, and the moments of their story."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import select

from app.base import calendar
from app.base.models import Entity, Mail, Mandate, MandateEnd, ProcessInstance, Ticket
from app.onboarding import batches, mandates
from app.onboarding.batches import doing
from app.register.registers import mandates as table
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

ENDS = date(2026, 12, 31)
#: Ten in the morning in Lima: of Wednesday 2 and Thursday 31 December, of New Year's Day, of
#: Monday 4 January, the first working day.
DECEMBER = datetime(2026, 12, 2, 15, tzinfo=UTC)
LAST_DAY = datetime(2026, 12, 31, 15, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 15, tzinfo=UTC)
MONDAY = datetime(2027, 1, 4, 15, tzinfo=UTC)
OTHER, REGION = "E90003", "E90004"


class Ended(Walk):
    """Two entities at a stage (training) and the tables of mandates, on the clock of a test."""

    def __init__(self, walk: Walk, clock: Clock, stage: str = "training") -> None:
        super().__init__(walk.app)
        self.people, self.clock = walk.people, clock
        self.begin_at(stage)
        self.begin_at(stage, OTHER)
        clock.set(DECEMBER)
        self.commit(table.load)

    def freeze(self, *codes: str) -> int:
        """Freeze the plan of some entities (default: both); return its number."""
        with self.writing() as session:
            chosen = self.entities(session, codes or (CODE, OTHER))
            data = {"ends_on": ENDS.isoformat(), "chosen": "Prueba"}
            by = self.people["sip"]
            return batches.from_list(session, batches.MANDATES, chosen, by, data).id

    def confirm(self, number: int) -> None:
        """Confirm a plan, as the page does."""
        with self.writing() as session:
            batch = doing.locked(session, number)
            count = doing.to_do(session, batch)
            assert doing.confirm(session, number, count, self.people["sip"])

    def work(self) -> None:
        """Let the worker do what is due: ends of mandates and plans."""
        mandates.work.run(self.app, lambda: False)
        batches.run(self.engine)

    def begin_year(self) -> None:
        """Go to New Year's Day with a confirmed plan that was done."""
        self.confirm(self.freeze())
        self.clock.set(NEW_YEAR)
        with self.app.app_context():
            self.work()

    @staticmethod
    def entities(session, codes: Sequence[str]) -> Sequence[Entity]:
        """Return entities by code."""
        query = select(Entity).where(Entity.code.in_(codes)).order_by(Entity.code)
        return list(session.scalars(query))

    def changes(self) -> dict[str, int]:
        """Return the change of authority of each entity that has one: code → instance."""
        with self.reading() as session:
            rows = session.scalars(
                select(ProcessInstance).where(ProcessInstance.process == "change_authority")
            )
            found: dict[str, int] = {}
            for row in rows:
                assert row.entity.code not in found, "an entity began twice"
                found[row.entity.code] = row.id
            return found

    def ends(self) -> list[MandateEnd]:
        """Return what was done for the end of mandates."""
        return self.all(select(MandateEnd).order_by(MandateEnd.entity_id))

    def code_of(self, code: str = CODE) -> str:
        """Return the activation code in the newest mail to an entity's office."""
        with self.reading() as session:
            body = session.scalars(
                select(Mail.body)
                .join(Entity, Entity.id == Mail.entity_id)
                .where(Entity.code == code, Mail.kind == "authority_code")
                .order_by(Mail.id.desc())
            ).first()
        found = re.search(r"activación:\s+(\S+)", body or "")
        assert found, "no code was mailed"
        return found.group(1)

    def tickets(self) -> list[Ticket]:
        """Return the activation codes that are valid from a later day."""
        rows = select(Ticket).where(Ticket.valid_from_at.is_not(None)).order_by(Ticket.id)
        return self.all(rows)


def day(moment: datetime | None) -> date:
    """Return the day of a moment in Lima."""
    assert moment is not None
    return calendar.lima_day(moment)


def continuing(level: str, ubigeo: str) -> Mandate:
    """Return a row of the table: the authority of a place continues until 30 June 2027."""
    return Mandate(
        level=level,
        ubigeo=ubigeo,
        from_on=date(2027, 1, 1),
        to_on=date(2027, 6, 30),
        norm="Resolución de ejemplo",
    )
