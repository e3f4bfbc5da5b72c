"""Which entities the end of a mandate concerns, and when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, exists
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, ProcessInstance
from app.cases.records import mandate
from app.register.registers.mandates import Mandates, elected
from app.register.registers.mandates import of_day as of_day

#: Entities are notified this many working days before the last day of a mandate.
AHEAD = 30
AFTER = mandate.AFTER


def under_way() -> Select[Entity]:
    """Select the concerned entities that have ever begun a process, active or not.

    Posts end with the mandate also where the catalogue has the entity as inactive: its roster may
    be public. Only an active entity is notified, and only it can begin a change of authority.
    """
    begun = exists().where(
        ProcessInstance.entity_id == Entity.id, ProcessInstance.superseded.is_(False)
    )
    return elected().where(begun)


def next_end(session: Session) -> date | None:
    """Return the next end of a mandate, or the last one for as long as its changes may be open."""
    found = [day for day in Mandates.read(session).days() if day >= calendar.today() - AFTER]
    return found[0] if found else None


def is_near(session: Session, day: date) -> bool:
    """Return whether the entities are notified by now that a mandate ends on a day."""
    today = calendar.today()
    working = calendar.calendar_of(session, None)
    return today <= day and working.between(today, day) <= AHEAD


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
