"""A change of authority of an older version, in which no coordinator looks, when a mandate ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Deployment, LogEntry, ProcessInstance, PutIntoForce
from tests.app.cases.processes.migrated import drawn
from tests.app.onboarding.batches.proclaimed_lists import check, listed, place_districts, row
from tests.app.onboarding.batches.proclaimed_lists import rows_of as rows_of_list
from tests.app.onboarding.mandates.ended import LAST_DAY, MONDAY, NEW_YEAR, Ended
from tests.app.onboarding.mandates.test_day import NEWCOMER, REVIEW, STEP, activate, the_authority
from tests.app.onboarding.mandates.test_plan import rows_of
from tests.app.walk import CODE, deploy, texts
from tests.workflows.migration import alterations

OLDER = drawn(
    "change_authority.bpmn",
    alterations.remove(REVIEW),
    alterations.go_straight("review_authority_change_result", "move_authority_tasks_again"),
)
REPLACED = "Se anuló el de una versión anterior y comenzó otro. Su código va a"


def begin_older(ended: Ended) -> int:
    """Begin a change on a diagram without a review, then put today's version into force."""
    older: dict[str, str] = dict(texts())
    OLDER(older)
    with ended.walk.writing() as session:
        today = session.scalars(select(Deployment.id)).one()
        deploy(session, older)
    ended.clock.set(LAST_DAY - timedelta(days=20))
    change = ended.walk.begin("change_authority", CODE)
    with ended.walk.writing() as session:
        assert session.get_one(ProcessInstance, change).deployment_id != today
        later = calendar.now() + timedelta(seconds=1)
        session.add(PutIntoForce(deployment_id=today, at=later))
    return change


def work(ended: Ended) -> None:
    """Let the worker do what is due on New Year's Day, twice."""
    ended.clock.set(NEW_YEAR)
    with ended.walk.app.app_context():
        ended.work()
        ended.work()


def changes(ended: Ended) -> list[tuple[int, str]]:
    """Return each change of the first entity, with its status."""
    with ended.walk.reading() as session:
        (entity,) = ended.entities(session, [CODE])
        rows = session.scalars(
            select(ProcessInstance)
            .where(
                ProcessInstance.entity_id == entity.id,
                ProcessInstance.process == "change_authority",
            )
            .order_by(ProcessInstance.id)
        )
        return [(one.id, one.status) for one in rows]


@pytest.mark.both_databases
def test_a_plan_cancels_an_older_change_and_the_former_authority_stays_until_a_look(
    ended: Ended,
):
    before = the_authority(ended)
    older = begin_older(ended)
    number = ended.freeze()
    plan, _, message = rows_of(ended, number)[CODE]
    assert plan == "do"
    assert message.startswith("Su cambio abierto es de una versión anterior, sin revisión:")
    ended.confirm(number)
    work(ended)
    assert rows_of(ended, number)[CODE][2].startswith(REPLACED)
    (first, status), (second, running) = changes(ended)
    assert (first, status, running) == (older, "cancelled", "running")
    with ended.walk.reading() as session:
        query = select(LogEntry).where(LogEntry.kind == "process.cancelled")
        assert "versión anterior" in session.scalars(query).one().data["reason"]
    ended.clock.set(MONDAY)
    assert activate(ended, ended.code_of()).status_code == 303
    assert ended.walk.has_role(NEWCOMER, "preparer")
    ended.walk.answer(STEP, "declared", instance=second, by="preparer")
    assert ended.walk.open_steps(second) == [REVIEW]
    assert ended.walk.has_role(before, "authority")


def test_a_list_of_proclaimed_authorities_cancels_an_older_change_too(ended: Ended):
    place_districts(ended)
    older = begin_older(ended)
    number = check(ended, listed(row()))
    assert "sin revisión" in rows_of_list(ended, number)[0].message
    ended.confirm(number)
    work(ended)
    assert rows_of_list(ended, number)[0].message.startswith(REPLACED)
    assert [status for _, status in changes(ended)] == ["cancelled", "running"]
    assert changes(ended)[0][0] == older
