"""Starting processes: one of each kind per entity, and only with what they need."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from app.base import calendar
from app.base.models import Deployment, Entity, ProcessInstance, PutIntoForce
from app.cases import processes
from app.cases.processes.acts import designation_is_done
from tests.app import cast
from tests.app.together import together
from tests.app.walk import Walk, deploy, texts
from tests.conftest import Clock
from tests.databases import behind_the_back


def try_to_begin(walk: Walk, process: str = "onboarding") -> str:
    """Start a process; return "begun", or the name of the exception."""
    try:
        walk.begin(process)
    except (processes.AlreadyRunning, processes.NotStartable) as reason:
        return type(reason).__name__
    return "begun"


@pytest.mark.postgresql
def test_of_two_who_start_the_same_at_once_one_does(walk: Walk):
    begun = together(*(lambda: try_to_begin(walk) for _ in range(3)))
    assert sorted(begun) == ["AlreadyRunning", "AlreadyRunning", "begun"], begun
    assert len(walk.all(select(ProcessInstance))) == 1
    assert len(walk.entries("process.started")) == 1


@pytest.mark.postgresql
def test_two_coordinators_who_start_the_same_entity_at_once_both_get_an_answer(walk: Walk):
    clients = [walk.browser("sip"), walk.browser("sgtd")]
    answers = together(
        *(
            lambda c=c: c.post("/entidades/E90001/iniciar/implementacion")
            for c in clients
        )
    )  # fmt: skip
    assert [answer.status_code for answer in answers] == [303, 303], answers
    pages = [client.get("/entidades/E90001").text for client in clients]
    assert sum("Se inició: Impl" in page for page in pages) == 1
    assert sum("ya tiene un proceso" in page for page in pages) == 1


def test_one_can_be_started_again_after_it_ended(walk: Walk):
    first = walk.begin()
    walk.act(processes.cancel, "Se inició por error", on=first)
    second = walk.begin()
    assert second != first
    assert walk.open_steps(first) == []
    assert walk.open_steps(second) == ["designate_administrator"]


def reason_of(walk: Walk, process: str) -> str:
    """Return why a process cannot be started."""
    with walk.writing() as session:
        entity = cast.entity_of(session)
        with pytest.raises(processes.NotStartable) as refusal:
            processes.start(session, entity, process, walk.people["sip"])
        return str(refusal.value)


def test_a_deactivated_entity_starts_nothing(walk: Walk):
    with walk.writing() as session:
        cast.entity_of(session).active = False
    assert "desactivada" in reason_of(walk, "onboarding")


@pytest.mark.parametrize("process", ["redesignation", "change_authority", "upkeep"])
def test_what_stands_on_a_designation_does_not_start_without_one(walk: Walk, process: str):
    assert "todavía no" in reason_of(walk, process)
    walk.begin()
    assert "todavía no" in reason_of(walk, process)


@pytest.mark.nightly
def test_a_redesignation_waits_until_the_designation_is_conforme(filed: Walk):
    assert "todavía no está conforme" in reason_of(filed, "redesignation")
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "accepted")
    assert try_to_begin(filed, "redesignation") == "begun"
    assert try_to_begin(filed, "redesignation") == "AlreadyRunning"


@pytest.mark.nightly
def test_a_designation_that_ended_in_no_corresponde_is_not_done(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "out_of_scope")
    row = filed.row()
    assert (row.status, row.end_name, row.stage) == ("ended", "No corresponde", "")
    with filed.reading() as session:
        assert not designation_is_done(session, session.get_one(Entity, row.entity_id))
    assert "todavía no está conforme" in reason_of(filed, "redesignation")


def test_a_cancelled_onboarding_proves_nothing(walk: Walk):
    walk.begin_at("training")
    walk.act(processes.cancel, "Se inició por error")
    assert "todavía no está conforme" in reason_of(walk, "redesignation")


def test_starting_without_a_deployment_says_what_to_run(walk: Walk):
    with behind_the_back(walk.app) as session:
        session.execute(delete(PutIntoForce))
        session.execute(delete(Deployment))
    with walk.writing() as session, pytest.raises(processes.NothingDeployed, match="zaguan setup"):
        processes.in_force(session)


# Many at once ---------------------------------------------------------------------------------


def test_starting_none_says_so(walk: Walk):
    client = walk.browser("sip")
    client.post("/entidades/lotes/elegidas/inicio", data={})
    assert "No elegiste ninguna entidad" in client.get("/entidades").text


# Versions -------------------------------------------------------------------------------------


def renamed() -> dict[str, str]:
    """Return diagrams in which the second step has another name."""
    text = texts()["designation.bpmn"]
    name = 'name="Elaborar la relación de personal (SIP-RVL-002)"'
    assert name in text
    return {"designation.bpmn": text.replace(name, 'name="Otra lista"')}


@pytest.mark.nightly
def test_a_running_instance_stays_on_its_version(walk: Walk, clock: Clock):
    old = walk.begin()
    clock.forward(hours=1)
    walk.commit(deploy, renamed())
    new = walk.begin(code="E90002")
    walk.people["other"] = walk.person("40000041", "preparer", "E90002")
    walk.answer("designate_administrator", instance=old)
    walk.answer("designate_administrator", instance=new, by="other")
    assert walk.task("list_personnel", old).name.startswith("Elaborar la relación")
    assert walk.task("list_personnel", new).name == "Otra lista"
    assert walk.row(old).deployment_id != walk.row(new).deployment_id


@pytest.mark.nightly
def test_an_older_version_that_is_deployed_again_is_in_force_again(walk: Walk, clock: Clock):
    with walk.reading() as session:
        first = processes.in_force(session).id
    clock.forward(hours=1)
    with walk.writing() as session:
        second = deploy(session, renamed()).id
        assert processes.in_force(session).id == second
    clock.forward(hours=1)
    with walk.writing() as session:
        assert processes.deploy(session, texts()).id == first
        assert processes.in_force(session).id == first
        rows = select(PutIntoForce.deployment_id, PutIntoForce.at).order_by(PutIntoForce.id)
        put = session.execute(rows).all()
    assert [deployment_id for deployment_id, _ in put] == [first, second, first]
    assert put[-1].at == calendar.now()
    clock.forward(hours=1)
    with walk.writing() as session:  # again: nothing is written
        processes.deploy(session, texts())
        assert session.scalar(select(func.count(PutIntoForce.id))) == 3
