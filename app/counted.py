"""The clocks of many onboardings, counted once: what lists and figures of the programme read.

Days are never stored, and counting thousands of cases takes as long as a page may. What was
counted holds until the case moves (its revision grows), a day passes in Lima, or the calendar of
its entity changes; so long each process keeps it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import calendar, holdings
from app.calendar import Calendar
from app.holdings import Clocks
from app.models import Entity, ProcessInstance


class _Case(NamedTuple):
    """What clocks are counted from, beside the intervals of the past."""

    id: int
    revision: int
    stage: str
    holder: str
    holder_since_at: datetime | None
    validated: dict[str, Any]
    department: str
    code: str


class _Known(NamedTuple):
    """The clocks of a case, and what they hold for."""

    revision: int
    on: date
    working: Calendar
    clocks: Clocks

    def holds(self, case: _Case, on: date, working: Calendar) -> bool:
        """Whether counting again would tell the same."""
        return self.revision == case.revision and self.on == on and self.working is working


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

_memos: WeakKeyDictionary[Any, dict[int, _Known]] = WeakKeyDictionary()


def clocks(session: Session, ids: Select[int], now: datetime) -> dict[int, Clocks]:
    """The clocks of these onboardings as of `now` (UTC), as `holdings.clocks_of` counts them.

    `ids` selects their ids. Two statements at most, beside that for the calendar.
    """
    # What a transaction has changed and may take back is not to be remembered.
    of_its_own = session.info.get("uncommitted")
    memo = {} if of_its_own else _memos.setdefault(session.get_bind(), {})
    cases = [_Case(*row) for row in session.execute(CASES.where(ProcessInstance.id.in_(ids)))]
    on = calendar.lima_day(now)
    found: dict[int, Clocks] = {}
    missing: dict[int, tuple[_Case, Calendar]] = {}
    for case in cases:
        working = calendar.calendar_at(session, case.department, case.code)
        known = memo.get(case.id)
        if known is not None and known.holds(case, on, working):
            found[case.id] = known.clocks
        else:
            missing[case.id] = case, working
    if missing:
        past = holdings.intervals(session, [case for case, _ in missing.values()], now)
        for case, working in missing.values():
            counted = holdings.clocks(past[case.id], working, case.validated)
            memo[case.id] = _Known(case.revision, on, working, counted)
            found[case.id] = counted
    return found
