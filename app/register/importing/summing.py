"""The content of another source's export about an entity: evidence for a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity
from app.register.importing.judging import Judge, Own
from app.register.importing.reading import Export


@dataclass(frozen=True)
class Summary:
    """Counts of an export, for one entity. Rows of other entities only count in `of_others`."""

    #: Visits of the entity that the import would take.
    visits: int = 0
    #: Visits with entry and exit.
    complete: int = 0
    #: Visits whose observation says that they were recorded late, or after an interruption.
    late_observed: int = 0
    #: Rows of the entity that are no visit (without a visitor, a day …).
    refused: int = 0
    #: Rows of another entity.
    of_others: int = 0
    first_on: date | None = None
    last_on: date | None = None
    #: Visits from before the first day that counts; they count only here.
    earlier: int = 0


def summary(export: Export, entity: Entity, since: date | None = None) -> Summary:
    """Count the visits of an entity in an export; reads the file once, row by row.

    With `since`, count from that day on, including a visit of the day before that was recorded
    later. Raise Unreadable if the file is damaged or too large.
    """
    judge = Judge(own_of(entity), calendar.now(), frozenset())
    visits = complete = observed = refused = of_others = earlier = 0
    first_on = last_on = None
    for line in export.lines():
        judged = judge.judge(line)
        visit = judged.visit
        if visit is None:
            of_others += judged.codes == ["other_entity"]
            refused += judged.codes != ["other_entity"]
            continue
        day: date = visit["visit_on"]
        recorded_at = visit.get("recorded_at")
        recorded_on = calendar.lima_day(recorded_at) if recorded_at else day
        if since and recorded_on < since:
            earlier += 1
            continue
        visits += 1
        complete += bool(visit["entry_at"] and visit["exit_at"])
        observed += bool(visit["observation"])
        first_on = min(first_on or day, day)
        last_on = max(last_on or day, day)
    return Summary(visits, complete, observed, refused, of_others, first_on, last_on, earlier)


def namesakes(session: Session, entity: Entity) -> int:
    """Return how many other entities have this name: a file that says no more may be theirs."""
    same = (Entity.name == entity.name, Entity.id != entity.id, Entity.active)
    return session.scalar(select(func.count(Entity.id)).where(*same)) or 0


def own_of(entity: Entity) -> Own:
    """Return the names of an entity in files."""
    return Own(entity.name, entity.acronym, entity.ruc)
