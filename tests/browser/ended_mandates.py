"""Ends of mandates for the demo site: a plan, a declared change, places that continue."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, MandateEnd, ProcessInstance, Record, Task
from app.cases import processes
from app.onboarding import batches
from app.onboarding.batches import doing
from app.onboarding.mandates import concerned
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.people import access
from app.register.registers.mandates import elected, place_of
from tests.app.onboarding.mandates.ended import continuing

#: The last day of the mandates that began in 2023.
ENDS = date(2026, 12, 31)
#: The number of entities in a plan: more than one page.
PLANNED = 60


def add_all(session: Session, by_id: int) -> None:
    """Add each state. `by_id`: the coordinator of the plans."""
    add_continuing(session)
    add_plans(session, by_id)
    add_declared_change(session, by_id)


def add_continuing(session: Session) -> None:
    """Add a district and a region in which the authority continues."""
    for kind in ("municipalidad_distrital", "gobierno_regional"):
        found = session.scalars(elected().where(Entity.kind == kind)).all()
        place = next(one for one in found if place_of(one))
        session.add(continuing(kind, place_of(place)))
    session.flush()


def add_plans(session: Session, by_id: int) -> None:
    """Add a plan that is confirmed and waits for its day, and one to confirm."""
    entities = concerned.of_day(session, ENDS)
    active = session.scalars(concerned.under_way()).all()
    data = {"ends_on": ENDS.isoformat(), "filter": {}, "chosen": "Su mandato termina ese día"}
    first = batches.from_list(session, batches.MANDATES, active, by_id, data)
    assert doing.confirm(session, first.id, doing.to_do(session, first), by_id)
    batches.from_list(session, batches.MANDATES, entities[:PLANNED], by_id, data)


def add_declared_change(session: Session, by_id: int) -> None:
    """Add a change of authority whose credential a coordinator has to look at."""
    entity = session.scalars(
        select(Entity)
        .join(Record, Record.entity_id == Entity.id)
        .where(
            Record.name == "authority",
            Entity.id.not_in(
                select(ProcessInstance.entity_id).where(
                    ProcessInstance.process == "change_authority",
                    ProcessInstance.ended_at.is_(None),
                )
            ),
        )
        .order_by(Entity.id)
        .limit(1)
    ).one()
    ended = calendar.today() - timedelta(days=4)
    case = processes.start(session, entity, "change_authority", by_id)
    session.add(MandateEnd(entity_id=entity.id, ends_on=ended, instance=case))
    session.flush()
    task = session.scalars(select(Task).where(Task.instance_id == case.id)).one()
    user = access.recipients(session, task.role, entity)[0]
    page = TaskPage.of(session, task.id, user)
    answers.write(page, answers.values_for(page, "declared", Random(7)))
    assert answers.send(TaskPage.of(session, task.id, user)) == "declared"
