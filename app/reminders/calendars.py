"""The working days of many entities, each set of them once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import calendar
from app.calendar import Calendar
from app.models import Entity


class Calendars:
    """Calendars of entities: alike where neither their region nor they have days of their own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._own = {(row.scope, row.place) for row in calendar.decreed_everywhere(session)}
        self._kept: dict[tuple[str, str], Calendar] = {}

    def of(self, entity: Entity) -> Calendar:
        """An entity's calendar."""
        region, code = entity.department, entity.code
        key = (
            region if ("region", region) in self._own else "",
            code if ("entity", code) in self._own else "",
        )
        if key not in self._kept:
            self._kept[key] = calendar.calendar_of(self._session, entity)
        return self._kept[key]
