"""An entity asks to get back what it sent while its case waits for a day and no step is open."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import Notice
from app.cases import processes
from app.cases.processes.returns import requests
from tests.app.confirming import confirmed
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

HERE = f"/entidades/{CODE}"
WHY = "La segunda sesión es otro día"
#: Stage → the entity's step after which it waits, and the step that opens on the day.
WAITS = {
    "training": ("plan_training", "report_training"),
    "production": ("load_production_personnel", "confirm_production"),
}
each = pytest.mark.parametrize("stage", WAITS)


def waits(walk: Walk, stage: str) -> int:
    """Bring a case to its wait in a stage; return the id of the entity's last task."""
    walk.begin_at(stage)
    task_id = walk.answer(WAITS[stage][0])
    assert walk.open_steps() == []
    return task_id


def ask(walk: Walk, task_id: int, step: str) -> Notice:
    with walk.writing() as session:
        requests.ask(session, task_id, step, WHY, walk.user(session, "administrator"))
    return walk.one(select(Notice).where(Notice.kind == requests.NOTICE))


@pytest.mark.nightly
@pytest.mark.postgresql
@each
def test_the_coordinator_gives_it_back(walk: Walk, stage: str):
    task_id, (step, _) = waits(walk, stage), WAITS[stage]
    address = f"{HERE}/tareas/{task_id}/pedir-devolucion"
    entity = walk.browser("administrator")
    assert address in entity.get(HERE).text
    assert "ahora toca esperar" in entity.get(address).text
    assert entity.post(address, data={"element": step, "reason": WHY}).status_code == 303
    assert entity.post(address, data={"element": step, "reason": WHY}).status_code == 422
    request = walk.one(select(Notice).where(Notice.kind == requests.NOTICE))
    who = request.role
    assert len(walk.mails("return_asked")) == 1
    page, coordinator = f"{HERE}/devoluciones/{request.id}", walk.browser(who)
    assert page in coordinator.get("/pendientes").text
    assert page in coordinator.get(HERE).text
    answer = {"answer": "grant", "element": step, "comment": ""}
    assert confirmed(coordinator, page, answer).status_code == 303
    assert walk.open_steps() == [step]
    assert page not in coordinator.get("/pendientes").text
    assert WHY in walk.task(step).reason
    assert {"return.asked", "return.granted", "process.returned"} <= set(walk.log())
    walk.assert_consistent()
    walk.answer(step)
    assert walk.open_steps() == []


@pytest.mark.nightly
@each
def test_a_request_ends_when_the_case_goes_on(walk: Walk, clock: Clock, stage: str):
    task_id, (step, after) = waits(walk, stage), WAITS[stage]
    request = ask(walk, task_id, step)
    clock.forward(days=30)
    walk.tick()
    assert after in walk.open_steps()
    who = request.role
    assert f"{HERE}/devoluciones/{request.id}" not in walk.browser(who).get("/pendientes").text
    with walk.writing() as session, pytest.raises(processes.Refused, match="sin efecto"):
        requests.grant(session, request.id, step, "", walk.people[who])
    with pytest.raises(processes.Refused, match="el proceso siguió"):
        ask(walk, task_id, step)
    late = walk.browser("administrator").get(f"{HERE}/tareas/{task_id}/pedir-devolucion")
    assert late.status_code == 409


def test_the_coordinator_refuses_and_the_wait_goes_on(walk: Walk):
    request = ask(walk, waits(walk, "training"), "plan_training")
    before = walk.waiting()
    answer = {"answer": "refuse", "comment": "Cambia solo la asistencia"}
    page, coordinator = f"{HERE}/devoluciones/{request.id}", walk.browser(request.role)
    assert coordinator.post(page, data=answer).status_code == 303
    assert "Cambia solo la asistencia" in walk.browser("administrator").get(HERE).text
    assert (walk.open_steps(), walk.waiting()) == ([], before)


@pytest.mark.nightly
def test_a_session_that_was_chosen_is_changed_not_requested(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    assert "pedir-devolucion" not in walk.browser("administrator").get(HERE).text
