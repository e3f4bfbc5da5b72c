"""Which entities a plan can act on: the condition in the database agrees with the plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, MandateEnd, ProcessInstance, Record, Task
from app.cases import processes
from app.onboarding.batches.kinds import mandates as plans
from tests.app import cast
from tests.app.onboarding.mandates.ended import ENDS, OTHER, Ended


def authorities(session: Session, entity: Entity) -> list[Record]:
    return list(
        session.scalars(
            select(Record).where(Record.entity_id == entity.id, Record.name == "authority")
        )
    )


def without_authority(session: Session, entity: Entity) -> None:
    for record in authorities(session, entity):
        session.delete(record)


def with_the_next_authority(session: Session, entity: Entity) -> None:
    for record in authorities(session, entity):
        record.data = {**record.data, "since_on": "2027-01-01"}


def with_an_open_change(session: Session, entity: Entity) -> ProcessInstance:
    change = processes.start(session, entity, plans.PROCESS, None)
    session.flush()
    return change


def with_a_change_past_its_first_step(session: Session, entity: Entity) -> None:
    change = with_an_open_change(session, entity)
    tasks = select(Task).where(Task.instance_id == change.id, Task.step == plans.STEP)
    session.scalars(tasks).one().state = "completed"


def with_a_begun_end(session: Session, entity: Entity) -> None:
    change = with_an_open_change(session, entity)
    session.add(MandateEnd(entity_id=entity.id, ends_on=ENDS, instance_id=change.id))


def with_a_cancelled_end(session: Session, entity: Entity) -> None:
    with_a_begun_end(session, entity)
    session.flush()
    (change,) = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.entity_id == entity.id, ProcessInstance.process == plans.PROCESS
        )
    )
    processes.cancel(session, change.id, "Por una prueba.", None)


def inactive(session: Session, entity: Entity) -> None:
    entity.active = False


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("change", "acts"),
    [
        (lambda session, entity: None, True),
        (without_authority, False),
        (with_the_next_authority, False),
        (with_an_open_change, True),
        (with_a_change_past_its_first_step, False),
        (with_a_begun_end, False),
        (with_a_cancelled_end, True),
        (inactive, False),
    ],
)
def test_the_condition_is_that_of_the_plan(
    ended: Ended, change: Callable[[Session, Entity], object], acts: bool
):
    with ended.writing() as session:
        entity = cast.entity_of(session, OTHER)
        change(session, entity)
        session.flush()
        known = plans.Known.of(session, [entity], ENDS)
        assert (plans.plan_of(entity, known, ENDS).plan == "do") is acts
        found = select(Entity.id).where(Entity.id == entity.id, plans.can_begin(ENDS))
        assert list(session.scalars(found)) == [entity.id] * acts
