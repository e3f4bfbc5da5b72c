"""The clocks of many onboardings at once: what lists and figures of the programme read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import calendar, holdings
from app.holdings import Clocks
from app.models import Entity, ProcessInstance

#: What clocks are counted from, beside the intervals of the past.
CASES = select(
    ProcessInstance.id,
    ProcessInstance.revision,
    ProcessInstance.stage,
    ProcessInstance.holder,
    ProcessInstance.holder_since_at,
    ProcessInstance.validated,
    Entity.department,
    Entity.code,
).join(Entity, Entity.id == ProcessInstance.entity_id)


def clocks(session: Session, ids: Select[int], now: datetime) -> dict[int, Clocks]:
    """The clocks of these onboardings as of `now` (UTC), as `holdings.clocks_of` counts them.

    `ids` selects their ids. Two statements at most, beside that for the calendar.
    """
    return clocks_of(session, session.execute(CASES.where(ProcessInstance.id.in_(ids))), now)


def clocks_of(session: Session, cases: Iterable[Any], now: datetime) -> dict[int, Clocks]:
    """The same of rows of CASES."""
    working = calendar.calendars(session)
    return holdings.clocks_by(
        session, [(case, working.at(case.department, case.code)) for case in cases], now
    )
