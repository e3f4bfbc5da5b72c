"""The whole path of a case that moves to another version before each of its steps."""

from __future__ import annotations

from itertools import cycle

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import InductionSession, ProcessInstance, Task
from app.cases import custody
from tests.app.cases.processes.migrated import days, edit, in_lane, move, version
from tests.app.walk import Walk
from tests.conftest import Clock

#: The outcomes by which a step leads on.
LEADS_ON = {
    "record_reception": "received",
    "record_personnel_reception": "received",
    "review_designation": "accepted",
    "review_personnel": "accepted",
    "record_thematic_induction": "attended",
    "record_technical_induction": "attended",
    "choose_thematic_session": "chosen",
    "choose_technical_session": "chosen",
    "review_training": "accepted",
    "validate_demo_results": "validated",
    "approve_demo_test": "accepted",
    "confirm_production": "confirmed",
    "sign_certificate": "signed",
}
NAME = 'name="Designar al administrador (SIP-RVL-001)"'
#: Steps whose term is longer on one of the versions.
LONGER = ("designate_administrator", "plan_training", "run_demo_test", "define_decision_makers")


@pytest.mark.both_databases
def test_a_case_that_moves_before_each_step_comes_to_its_constancia(walk: Walk, clock: Clock):
    walk.begin()
    begun = walk.row().deployment_id
    one = version(
        walk,
        edit("designation.bpmn", NAME, 'name="Nombrar al administrador"'),
        in_lane("training.bpmn", "review_training", "training_administrator"),
        *(days(step, 30) for step in LONGER),
    )
    versions, number = cycle((one, begun)), 0
    done: list[str] = []
    while walk.row().ended_at is None:
        number += 1
        assert number < 120, done
        opened = walk.open_steps()
        if not opened:
            clock.set(min(walk.waiting().values()))
            walk.tick()
            continue
        move(walk, next(versions), number=number)
        walk.assert_consistent()
        step = opened[0]
        publish(walk, step)
        if step == "confirm_production":
            clock.forward(hours=20)  # its first visits are of that day
        done.append(step)
        walk.answer(
            step, LEADS_ON.get(step, ""), by="administrator" if is_theirs(walk, step) else ""
        )
    assert walk.row().end == "onboarding_done"
    assert done[-1] == "sign_certificate"
    with walk.writing() as session:
        assert not custody.rebuild(session, session.get_one(ProcessInstance, walk.id))


def is_theirs(walk: Walk, step: str) -> bool:
    """Return whether a step of the SIP is in the lane of the administrator now."""
    return walk.task(step).role == "administrator"


def publish(walk: Walk, step: str) -> None:
    """Publish a session to choose, for a step that chooses one."""
    topic = step.removeprefix("choose_").removesuffix("_session")
    if topic not in ("thematic", "technical"):
        return
    with walk.writing() as session:
        known = session.scalars(select(InductionSession).where(InductionSession.topic == topic))
        assert known.all() == []
        task = session.scalars(select(Task).where(Task.step == step, Task.state == "open")).one()
        assert task.due_at is not None
        at = calendar.at_hour(calendar.lima_day(task.due_at), calendar.SENDING_HOURS[0])
        session.add(
            InductionSession(
                topic=topic, changed_at=calendar.now(), at=at, minutes=60, place="Aula", seats=5
            )
        )
