"""Which entities the end of a mandate concerns, and when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Batch, BatchRow, Entity, ProcessInstance
from app.cases.records import mandate
from app.onboarding.batches.kinds import mandates as plans
from app.register.registers.mandates import Mandates, elected, ending_on
from app.register.registers.mandates import of_day as of_day

#: Entities are notified this many working days before the last day of a mandate.
AHEAD = 30
AFTER = mandate.AFTER


def under_way() -> Select[Entity]:
    """Select the concerned entities that have ever begun a process, active or not.

    Posts end with the mandate also where the catalogue has the entity as inactive: its roster may
    be public. Only an active entity is notified, and only it can begin a change of authority.
    """
    return elected().where(exists().where(ProcessInstance.entity_id == Entity.id))


def next_end(session: Session) -> date | None:
    """Return the next end of a mandate, or the last one for as long as its changes may be open."""
    found = [day for day in Mandates.read(session).days() if day >= calendar.today() - AFTER]
    return found[0] if found else None


def is_near(session: Session, day: date) -> bool:
    """Return whether the entities are notified by now that a mandate ends on a day."""
    today = calendar.today()
    working = calendar.calendar_of(session, None)
    return today <= day and working.between(today, day) <= AHEAD


def without_plan(session: Session) -> tuple[date, int] | None:
    """Return the next end that is near, and how many changes for it no confirmed plan will begin.

    Return None if no end is near, or if the plans name each entity whose change can begin.
    """
    table, today = Mandates.read(session), calendar.today()
    day = next((day for day in table.days() if day >= today), None)
    if day is None or not is_near(session, day):
        return None
    confirmed = session.execute(
        select(Batch.id, Batch.data).where(
            Batch.kind == "mandates", Batch.state.in_(("confirmed", "done"))
        )
    )
    ids = [id_ for id_, data in confirmed if data.get("ends_on") == day.isoformat()]
    named = exists().where(BatchRow.entity_id == Entity.id, BatchRow.batch_id.in_(ids))
    ((_, ends),) = ending_on(session, table, [day])
    waiting = under_way().where(ends, ~named, plans.can_begin(day)).order_by(None)
    count = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    return (day, count) if count else None


def ending_soon(session: Session, entity: Entity) -> date | None:
    """Return the last day of an entity's mandate from when it is notified until the changes end.

    Return None at other times, for an entity without elected authorities, and if the authority
    continues.
    """
    table = Mandates.read(session)
    for day in table.days():
        term = table.ending(entity, day)
        if term is not None and term.to_on == day and day >= calendar.today() - AFTER:
            return day if day < calendar.today() or is_near(session, day) else None
    return None
