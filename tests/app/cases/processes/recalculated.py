"""Changes of the calendar during a walk: what moved, and to which day."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from app.base import calendar
from app.base.models import NonWorkingDay
from app.cases import processes
from app.cases.processes.terms.calendar_changes import Change, Moved
from tests.app.walk import Walk

NORM = "DS 999-2026-PCM"
ONE_DAY = timedelta(days=1)
#: The first step of a designation: its ten days end on 16 March.
FIRST = "designate_administrator"


def decreed(on: date, scope: str = "national", place: str = "", norm: str = NORM) -> NonWorkingDay:
    """Return a day that is not in the table yet."""
    return NonWorkingDay(on=on, scope=scope, place=place, norm=norm)


def add(walk: Walk, day: int, scope: str = "national", place: str = "", month: int = 3) -> Moved:
    """Add a day of 2026; return what moved."""
    with walk.writing() as session:
        change = Change(added=(decreed(date(2026, month, day), scope, place),))
        return processes.change_calendar(session, change, walk.people["sip"])


def remove(walk: Walk, *days: int, scope: str = "national") -> Moved:
    """Remove days of March; return what moved."""
    with walk.writing() as session:
        on = [date(2026, 3, day) for day in days]
        query = select(NonWorkingDay).where(NonWorkingDay.on.in_(on), NonWorkingDay.scope == scope)
        change = Change(removed=tuple(session.scalars(query)))
        assert len(change.removed) == len(days)
        return processes.change_calendar(session, change, walk.people["sip"])


def due(walk: Walk, step: str = FIRST, instance: int = 0) -> date:
    """Return the last day of the open task of a step; check it against its term."""
    with walk.reading() as session:
        task = walk.find(session, step, instance)
        assert task.due_at is not None
        assert task.due_at == calendar.due_at(task, calendar.calendar_of(session, task.entity))
        return calendar.last_day(task.due_at)


def ends(walk: Walk, element: str, instance: int = 0) -> date:
    """Return the last day of a timer; check that the instance wakes with its first timer."""
    waiting = walk.waiting(instance)
    assert walk.row(instance).wake_at == min(waiting.values())
    return calendar.last_day(waiting[element])


def elsewhere(walk: Walk) -> int:
    """Return an onboarding of an entity in Cusco."""
    instance = walk.begin(code="E90002")
    with walk.writing() as session:
        walk.find(session, FIRST, instance).entity.department = "Cusco"
    return instance
