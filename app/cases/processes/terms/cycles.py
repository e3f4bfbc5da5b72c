"""Cycles of `upkeep`: one at a time; the end of one plans the next.

The plan is a row with a moment; the tick starts it, once, however late. A plan that could not be
carried out was dropped, and a cycle that a coordinator cancelled planned no other one:
`begin_missing_cycles` finds such entities every night.
"""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, Engine, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.base import calendar
from app.base.db import Stop, never, open_session
from app.base.models import Entity, PlannedStart, ProcessInstance, Task
from app.cases.processes.acts import AlreadyRunning, NotStartable, start
from app.cases.processes.projection import UPKEEP_EVERY

logger = logging.getLogger(__name__)


def begin_missing_cycles(engine: Engine, stop: Stop = never) -> int:
    """Start the cycles that are due and not planned; return how many.

    Each starts on the version in force, one per entity, in its own transaction. A cycle that cannot
    start is tried again the next night.
    """
    with open_session(engine, writes=False) as session:
        ids = session.scalars(_due()).all()
    return sum(_begin(engine, entity_id) for entity_id in ids if not stop())


def _begin(engine: Engine, entity_id: int) -> bool:
    try:
        with open_session(engine) as session:
            start(session, session.get_one(Entity, entity_id), "upkeep", None)
            session.commit()
    except (AlreadyRunning, NotStartable):
        return False
    except OperationalError:
        logger.exception("a cycle waits for the next night", extra={"entity": entity_id})
        return False
    return True


def _due() -> Select[int]:
    """Select the entities whose onboarding is complete and whose last cycle ended long ago."""
    planned = exists().where(PlannedStart.entity_id == Entity.id, PlannedStart.process == "upkeep")
    earlier = aliased(ProcessInstance)
    last_end = (
        select(func.max(earlier.ended_at))
        .where(earlier.entity_id == Entity.id, earlier.process.in_(("onboarding", "upkeep")))
        .scalar_subquery()
    )
    under_way = exists().where(
        ProcessInstance.entity_id == Entity.id,
        ProcessInstance.process.in_(("onboarding", "upkeep")),
        ProcessInstance.ended_at.is_(None),
    )
    return (
        select(Entity.id)
        .where(
            Entity.active,
            _came_to_the_end(),
            ~planned,
            ~under_way,
            last_end <= calendar.now() - UPKEEP_EVERY,
        )
        .order_by(Entity.id)
    )


def _came_to_the_end() -> ColumnElement[bool]:
    signed = exists().where(
        Task.instance_id == ProcessInstance.id,
        Task.step == "sign_certificate",
        Task.outcome == "signed",
    )
    validated = cast(ProcessInstance.validated, Text).contains('"interest_acts"')
    return exists().where(
        and_(
            ProcessInstance.entity_id == Entity.id,
            ProcessInstance.process == "onboarding",
            ProcessInstance.status == "ended",
            or_(signed, validated),
        )
    )
