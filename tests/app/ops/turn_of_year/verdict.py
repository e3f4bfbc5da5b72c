"""The verdict of a rehearsal: the counts, and what must not happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.base import calendar
from app.base.models import (
    BatchRow,
    Departure,
    Entity,
    Grant,
    MandateEnd,
    PostHolder,
    ProcessInstance,
    Record,
)
from app.base.models.entities import FUNCTION
from app.onboarding.batches.kinds.mandates import LAPSED, PROCESS, ends_on
from app.people import access
from app.people.access.rules import has_left
from app.register.registers.mandates import Mandates
from forms.shapes.decision_makers import ELECTED
from tests.app.ops.turn_of_year.mails import ADDRESS, Summary
from tests.app.ops.turn_of_year.players import confirmed, to_begin


@dataclass
class Report:
    """The result of a rehearsal."""

    ends_on: date
    mails: Summary
    rows: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    holders: int = 0
    left: int = 0
    entered: int = 0
    named: int = 0
    departed: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the report, in the order in which it is read."""
        lines = [f"Mandates that end on {self.ends_on.isoformat()}", "Plan:"]
        lines += [f"  {count:>5}  {name}" for name, count in sorted(self.rows.items())]
        lines += ["Changes of authority:"]
        lines += [f"  {count:>5}  {name}" for name, count in sorted(self.ends.items())]
        lines += [f"Codes entered: {self.entered}", f"Elected holders that ended: {self.holders}"]
        lines += [f"Authorities that a list named: {self.named}"]
        lines += [f"Administrators who left the function: {self.departed}"]
        lines += [f"People who left and cannot sign in: {self.left}", "Mails:"]
        lines += [f"  {count:>5}  {kind}" for kind, count in sorted(self.sent.items())]
        lines += ["Faults:", *(f"  {one}" for one in self.faults)] if self.faults else ["No faults"]
        return "\n".join(lines) + f"\n\nEach text of a mail once:\n\n{self.mails}"


def complete(session: Session, report: Report) -> None:
    """Add the counts at the end of a rehearsal, and the faults."""
    day = report.ends_on
    for plan in confirmed(session):
        if ends_on(plan) == day:
            rows = select(BatchRow.result, BatchRow.message).where(BatchRow.batch_id == plan.id)
            report.rows.update(
                f"{result or 'waiting'}: {ADDRESS.sub('[correo]', message)}"
                for result, message in session.execute(rows)
            )
    ended = PostHolder.ground.in_(sorted(ELECTED)) & (PostHolder.to_on == day)
    report.holders = session.scalar(select(func.count()).where(ended)) or 0
    begun = session.scalars(
        select(ProcessInstance)
        .join(MandateEnd, MandateEnd.instance_id == ProcessInstance.id)
        .where(MandateEnd.ends_on == day)
    )
    report.ends.update(row.end_name or "(open)" for row in begun)
    report.faults += [*_begun_twice(session, day), *_begun_wrongly(session, day)]
    report.faults += [f"{one.code} did not begin" for one in to_begin(session, day)]
    named = select(func.count(func.distinct(Record.entity_id))).where(Record.name == "proclaimed")
    report.named = session.scalar(named) or 0
    left = list(session.scalars(select(Departure).where(Departure.withdrawn_at.is_(None))))
    report.departed = sum(one.done_at is not None for one in left)
    report.faults += [f"departure {one.id} was not carried out" for one in left if not one.done_at]
    earlier = [*_earlier(session, day), *_of_departed(session, left)]
    report.faults += [
        f"grant {held.id} of an earlier {held.role} is open"
        for held in earlier
        if held.until_at is None
    ]
    report.left = len({held.user_id for held in earlier if has_left(held.user)})
    report.faults += [
        f"{task.entity.code}: nobody can answer {task.step}"
        for task in access.vacancies.stranded(session)
    ]


#: The end of a change that brought a new authority. After it, as after a lapse, the earlier one has
#: no access.
DONE = "change_authority_done"


def _begun_twice(session: Session, day: date) -> Iterator[str]:
    twice = session.execute(
        select(Entity.code, func.count())
        .join(ProcessInstance, ProcessInstance.entity_id == Entity.id)
        .where(
            ProcessInstance.process == PROCESS,
            ProcessInstance.started_at > calendar.midnight(day),
            ProcessInstance.status != "cancelled",
        )
        .group_by(Entity.code)
        .having(func.count() > 1)
        .order_by(Entity.code)
    )
    return (f"{code} began {count} times" for code, count in twice)


def _begun_wrongly(session: Session, day: date) -> Iterator[str]:
    """Yield the entities whose change began although their authority continues."""
    table = Mandates.read(session)
    begun = (
        select(Entity)
        .join(MandateEnd)
        .where(MandateEnd.ends_on == day, MandateEnd.instance_id.is_not(None))
    )
    for entity in session.scalars(begun.order_by(Entity.code)):
        term = table.ending(entity, day)
        if term is None or term.to_on != day:
            yield f"{entity.code} began, although its authority continues"


def _earlier(session: Session, day: date) -> list[Grant]:
    """Return the roles from before a day that the change of the entity ends.

    Those of the authority; and of its preparers, if the change lapsed or another preparer came.
    """
    begins = calendar.midnight(day + timedelta(days=1))
    newer = aliased(Grant)
    came = exists().where(
        newer.entity_id == Grant.entity_id, newer.role == "preparer", newer.since_at >= begins
    )
    return list(
        session.scalars(
            select(Grant)
            .join(MandateEnd, MandateEnd.entity_id == Grant.entity_id)
            .join(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
            .where(
                MandateEnd.ends_on == day,
                ProcessInstance.end.in_((DONE, LAPSED)),
                Grant.since_at < begins,
                or_(
                    Grant.role == "authority",
                    and_(Grant.role == "preparer", or_(ProcessInstance.end == LAPSED, came)),
                ),
            )
            .order_by(Grant.id)
        )
    )


def _of_departed(session: Session, left: Iterable[Departure]) -> Iterator[Grant]:
    """Yield the roles that people held in the function that they left."""
    for departure in left:
        if departure.done_at is not None:
            yield from session.scalars(
                select(Grant)
                .where(
                    Grant.user_id == departure.user_id,
                    Grant.entity_id == departure.entity_id,
                    Grant.role.in_(FUNCTION),
                    Grant.since_at < departure.done_at,
                )
                .order_by(Grant.id)
            )
