"""Steps of the path: how many are open now, and how long answers took."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.db.membership import among
from app.base.models import Entity, Task
from app.cases.custody import CaseCache, Counted, Revision
from app.cases.status import AWAITED
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.entity_list.situation import Here
from app.onboarding.programme.cases import Case, cases
from app.onboarding.programme.figures import Place
from workflows import paths
from workflows.definition import Definition


class Answer(NamedTuple):
    """An answered step of a stage: working days since its opening, and the day (Lima)."""

    step: str
    days: int
    on: date


#: A cache per stage: no page needs the answers of all at once.
_CACHES: Mapping[str, CaseCache[tuple[Answer, ...]]] = {
    stage: CaseCache(grows_daily=False) for stage in STAGES
}

ANSWERED = (
    select(Task.instance_id, Task.step, Task.opened_at, Task.closed_at)
    .where(Task.state == "completed", Task.process == bindparam("stage"))
    .order_by(Task.id)
)


def answered(
    session: Session, stage: str, every: Sequence[Case] | None = None
) -> dict[int, tuple[Answer, ...]]:
    """Return the answered steps of a stage by entity id; a repeated answer counts again.

    Two statements, or none if `every` is the result of `cases`; one more for the paths that this
    process has not counted yet.
    """

    def count(
        missing: Sequence[tuple[Revision, Calendar]],
    ) -> dict[int, Counted[tuple[Answer, ...]]]:
        working = {case.id: calendar_of for case, calendar_of in missing}
        found: dict[int, list[Answer]] = {case_id: [] for case_id in working}
        query = ANSWERED.where(among(Task.instance_id, working))
        for case_id, step, opened_at, closed_at in session.execute(query, {"stage": stage}):
            if closed_at is not None:
                days = working[case_id].ended_between(opened_at, closed_at)
                found[case_id].append(Answer(step, days, calendar.lima_day(closed_at)))
        return {case_id: Counted(tuple(answers)) for case_id, answers in found.items()}

    every = cases(session) if every is None else every
    begun = [(row[0], known, working) for row, known, working in every if known]
    of_path = _CACHES[stage].of(session, [one[1:] for one in begun], calendar.now(), count)
    return {entity_id: of_path[known.id] for entity_id, known, _ in begun}


def open_now(session: Session, steps: Collection[str]) -> dict[str, int]:
    """Return how many entities have each step open on the path, as the filter `paso` counts."""
    query = (
        select(Task.step, func.count(Task.entity_id.distinct()))
        .join(Here, situation.of_path())
        .join(Entity, Entity.id == Here.entity_id)
        .where(situation.newest(), Entity.active, Task.step.in_(steps))
        .group_by(Task.step)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def waiting(session: Session, definition: Definition, stage: str) -> list[Place]:
    """Return the events of a stage that wait for a day, with the number of entities there.

    One statement, or none. The filter `espera` counts the same.
    """
    timers = paths.set_days(definition, stage, "onboarding")
    if not timers:
        return []
    counts = (func.count(case((situation.waits_for(one, stage), 1))) for one in timers)
    query = (
        select(*counts)
        .select_from(Entity)
        .join(Here, situation.joined())
        .where(Entity.active, Here.stage == stage, Here.ended_at.is_(None))
    )
    labels = [definition.element_name(one.timer) for one in timers]
    names = [
        f"{name}: {AWAITED[one.day]}" if labels.count(name) > 1 else name
        for one, name in zip(timers, labels, strict=True)
    ]
    return [
        Place(one.timer, name, count, EntityQuery({"espera": one.day}).address())
        for one, name, count in zip(timers, names, session.execute(query).one(), strict=True)
    ]
