"""Work that is due by time: waking, incidents and retries, planned processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.base import calendar
from app.base.models import PlannedStart, ProcessInstance, Task
from app.cases import papers, processes, service_tasks
from app.cases.case import Case
from app.cases.processes import act as acting
from app.cases.processes import clockwork, projection
from app.cases.processes.act import Act
from app.cases.service_tasks import Effects, Offered
from tests.app.together import together
from tests.app.walk import Walk, filled_in, sample_pdf
from tests.conftest import Clock
from workflows.instance import Instance

pytestmark = pytest.mark.postgresql


class Broken:
    """Papers that cannot be made until they are repaired."""

    def __init__(self) -> None:
        self.calls = 0
        self.mended = False

    def __call__(self, *_: object) -> bytes:
        self.calls += 1
        if not self.mended:
            raise RuntimeError("the press is out of ink")
        return sample_pdf()


@pytest.fixture
def press(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Return a typesetter that fails, and prepare a case whose designation has no papers yet."""
    broken = Broken()
    monkeypatch.setattr(papers, "render", broken)
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    return broken


# Incidents ------------------------------------------------------------------------------------


def test_a_service_task_that_fails_keeps_the_act_and_leaves_an_incident(walk: Walk, press: Broken):
    assert walk.task("list_personnel").state == "completed"
    assert walk.open_steps() == []
    (incident,) = walk.incidents()
    assert incident.element == "issue_designation_papers"
    assert "the press is out of ink" in incident.traceback
    assert "Traceback" in incident.traceback
    assert incident.next_try_at == calendar.now() + timedelta(minutes=1)
    assert walk.row().wake_at == incident.next_try_at
    assert "paper.issued" not in walk.log()
    walk.assert_consistent()


@pytest.mark.nightly
def test_what_failed_leaves_nothing_half_done(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    made = []

    def second_fails(*_: object) -> bytes:
        made.append(1)
        if len(made) == 2:
            raise RuntimeError("no more paper")
        return sample_pdf()

    monkeypatch.setattr(papers, "render", second_fails)
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    assert "paper.issued" not in walk.log()
    walk.tick()
    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    walk.act(processes.retry)
    assert walk.log().count("paper.issued") == 3


@pytest.mark.nightly
def test_the_tick_tries_again_later_and_later_and_succeeds_once(
    walk: Walk, press: Broken, clock: Clock
):
    for attempt, pause in enumerate(acting.BACK_OFF, 1):
        assert walk.incidents()[0].attempts == attempt
        clock.forward(seconds=pause.total_seconds() - 1)
        assert walk.tick() == 0
        clock.forward(seconds=1)
        assert walk.tick() == 1
    assert press.calls == 1 + len(acting.BACK_OFF)
    press.mended = True
    clock.forward(hours=12)
    assert walk.tick() == 1
    (incident,) = walk.incidents()
    assert incident.resolved_at == calendar.now()
    assert walk.open_steps() == ["file_designation"]
    assert walk.log().count("paper.issued") == 3
    assert walk.log().count("incident.resolved") == 1
    clock.forward(days=1)
    walk.tick()
    assert walk.log().count("paper.issued") == 3


@pytest.mark.nightly
def test_after_ten_tries_only_a_person_tries_again(walk: Walk, press: Broken, clock: Clock):
    for _ in range(acting.MAX_ATTEMPTS - 1):
        clock.forward(hours=13)
        walk.tick()
    (incident,) = walk.incidents()
    assert (incident.attempts, incident.next_try_at) == (10, None)
    clock.forward(hours=13)
    assert walk.tick() == 0
    press.mended = True
    assert walk.browser("sip").post(retry_of(walk)).status_code == 303
    assert walk.open_steps() == ["file_designation"]


def retry_of(walk: Walk) -> str:
    """Return the address of the button."""
    return f"/entidades/E90001/procesos/{walk.id}/reintentar"


@pytest.mark.nightly
def test_a_coordinator_sees_the_incident_and_tries_again(walk: Walk, press: Broken):
    client = walk.browser("sip")
    for page in ("/entidades/E90001", "/incidentes"):
        assert walk.incidents()[0].name in client.get(page).text
    assert client.post(retry_of(walk)).location == "/entidades/E90001"
    assert walk.incidents()[0].attempts == 2
    page = client.get("/entidades/E90001").text
    assert "falló otra vez" in page
    assert "banner--success" not in page
    press.mended = True
    client.post(retry_of(walk))
    assert "banner--success" in client.get("/entidades/E90001").text
    assert walk.open_steps() == ["file_designation"]
    assert walk.incidents()[0].name not in client.get("/incidentes").text
    before = walk.log()
    client.post(retry_of(walk))
    assert walk.log() == before, "a second try of what succeeded does nothing"


@pytest.mark.nightly
def test_other_branches_go_on_while_one_has_an_incident(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    def fail(case: Case, definition: object) -> Effects:
        raise ConnectionError("the register is away")

    offered = service_tasks.OFFERED["open_demo_register"]
    monkeypatch.setitem(
        service_tasks.OFFERED, "open_demo_register", Offered(fail, offered.outcomes)
    )
    walk.begin_at("induction")
    for topic in ("thematic", "technical"):
        walk.answer(f"choose_{topic}_session", "none_suits")
        walk.answer(f"schedule_{topic}_induction")
    clock.forward(days=40)
    walk.tick()
    walk.answer("record_technical_induction", "attended")
    (incident,) = walk.incidents()
    assert incident.element == "open_demo_register"
    walk.answer("record_thematic_induction", "attended")
    assert walk.task("record_thematic_induction").state == "completed"
    monkeypatch.setitem(service_tasks.OFFERED, "open_demo_register", offered)
    clock.forward(hours=1)
    walk.tick()
    assert "load_demo_personnel" in walk.open_steps()


# Waking ---------------------------------------------------------------------------------------


@pytest.fixture
def due(walk: Walk, clock: Clock) -> list[int]:
    """Return three cases whose legal term has run out."""
    ids = []
    for number in range(3):
        code = f"E9000{number + 1}"
        by = f"preparer of {code}"
        walk.people[by] = walk.person(f"4000004{number}", "preparer", code)
        instance = walk.begin(code=code)
        ids.append(instance)
        walk.designate(instance=instance, by=by)
        walk.answer("record_reception", "observed", instance=instance)
        walk.acknowledge("correct_designation", instance=instance)
    clock.forward(days=4)
    return ids


@pytest.mark.nightly
def test_two_ticks_at_once_wake_each_instance_once(walk: Walk, due: list[int]):
    woken = together(walk.tick, walk.tick)
    assert sum(woken) == 3, woken
    for instance in due:
        assert walk.log(instance).count("task.lapsed") == 1
        assert walk.open_steps(instance) == ["designate_administrator"]
        walk.assert_consistent(instance)


@pytest.mark.nightly
def test_an_instance_that_another_worker_holds_is_left_to_it(walk: Walk, due: list[int]):
    if walk.engine.dialect.name == "sqlite":
        return  # one writer at a time: no other transaction can hold a row
    with walk.reading() as session:
        session.execute(
            select(ProcessInstance.id).where(ProcessInstance.id == due[1]).with_for_update()
        )
        assert walk.tick() == 2
        assert walk.open_steps(due[1]) == ["correct_designation"]
    assert walk.tick() == 1


@pytest.mark.nightly
def test_an_instance_that_cannot_be_woken_rests_and_the_others_go_on(walk: Walk, due: list[int]):
    walk.change(ProcessInstance, due[1], state=b"not a state")
    assert walk.tick() == 2
    assert walk.open_steps(due[0]) == walk.open_steps(due[2]) == ["designate_administrator"]
    (incident,) = walk.incidents()
    assert incident.instance_id == due[1]
    assert "Traceback" in incident.traceback
    assert "UnknownState" in incident.traceback
    assert walk.row(due[1]).wake_at is None
    assert walk.tick() == 0
    assert walk.log(due[1])[-1] == "incident.raised"
    assert incident.name in walk.browser("sip").get("/incidentes").text


@pytest.mark.nightly
def test_an_instance_that_rested_goes_on_when_it_is_retried_and_its_incident_is_over(
    walk: Walk, due: list[int], monkeypatch: pytest.MonkeyPatch
):
    real = Instance.advance

    def fail(self: Instance, perform: Callable[[str], str]) -> list:
        raise ArithmeticError("of the engine")

    monkeypatch.setattr(Instance, "advance", fail)
    walk.tick()
    assert len(walk.incidents()) == 3
    client = walk.browser("sip")
    assert client.post(retry_of(walk)).status_code == 303
    assert "todavía no puede continuar" in client.get("/entidades/E90001").text
    monkeypatch.setattr(Instance, "advance", real)
    client.post(retry_of(walk))
    assert walk.open_steps() == ["designate_administrator"]
    over = {one.instance_id for one in walk.incidents() if one.resolved_at}
    assert over == {walk.id}


@pytest.mark.nightly
def test_a_database_that_is_away_is_no_incident_of_an_instance(
    walk: Walk, due: list[int], monkeypatch: pytest.MonkeyPatch
):
    def away(*_: object) -> bool:
        raise OperationalError("select 1", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(clockwork, "wake", away)
    assert walk.tick() == 0
    monkeypatch.undo()
    assert walk.incidents() == []
    assert walk.tick() == 3


def test_an_idle_tick_asks_one_question(begun: Walk):
    with begun.statements() as sent:
        assert begun.tick() == 0
    assert len([text for text in sent if "BEGIN" not in text]) == 1, sent


@pytest.mark.nightly
def test_many_due_instances_are_all_woken(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clockwork, "BATCH", 2)
    ids = [walk.begin_at("induction", code=f"E9001{number}") for number in range(5)]
    clock.forward(days=7)
    assert walk.tick() >= 5
    for instance in ids:
        assert "schedule_thematic_induction" in walk.open_steps(instance)


# Too deep -------------------------------------------------------------------------------------


def test_an_instance_that_went_round_too_often_is_refused_with_an_incident_and_keeps_the_draft(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    task_id = begun.draft("designate_administrator")
    draft = begun.draft_of(task_id).pairs
    monkeypatch.setattr("workflows.instance.MAX_DEPTH", 3)
    client = begun.browser("preparer")
    refused = client.post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert refused.status_code == 409
    assert "Guardamos tu borrador" in refused.text
    assert filled_in(begun.draft_of(task_id).pairs) == filled_in(draft)
    (incident,) = begun.incidents()
    assert "TooDeep" in incident.traceback
    assert begun.task("designate_administrator").state == "open"
    monkeypatch.undo()


@pytest.mark.nightly
def test_a_depth_that_is_too_great_is_an_incident_of_the_tick(
    walk: Walk, due: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workflows.instance.MAX_DEPTH", 3)
    assert walk.tick() == 0
    assert {incident.instance_id for incident in walk.incidents()} == set(due)
    assert walk.tick() == 0
    assert len(walk.incidents()) == 3, "an instance that rests is not tried every minute"


# Planned --------------------------------------------------------------------------------------


def plan(walk: Walk, process: str, at: datetime) -> None:
    """Plan a process of the walk's entity."""
    with walk.writing() as session:
        row = walk.instance(session)
        session.add(PlannedStart(entity_id=row.entity_id, process=process, at=at))


@pytest.mark.nightly
def test_a_planned_process_begins_once_at_its_moment(walk: Walk, clock: Clock):
    walk.begin_at("interest_acts")
    walk.open_production()
    plan(walk, "upkeep", calendar.now() + timedelta(days=90))
    clock.forward(days=89)
    walk.tick()
    assert len(walk.entries("process.started")) == 1
    clock.forward(days=1)
    assert sum(together(walk.tick, walk.tick)) == 1
    assert [e.data["process"] for e in walk.entries("process.started")] == ["onboarding", "upkeep"]
    assert walk.all(select(PlannedStart)) == []


def test_a_plan_that_cannot_start_is_logged_and_dropped(walk: Walk):
    walk.begin_at("interest_acts")
    walk.open_production()
    plan(walk, "upkeep", calendar.now())
    walk.tick()
    plan(walk, "upkeep", calendar.now())
    walk.tick()
    (entry,) = walk.entries("process.not_started")
    assert entry.data["process"] == "upkeep"
    assert entry.data["reason"]
    assert walk.all(select(PlannedStart)) == []
    assert len(walk.all(select(Task).where(Task.process == "upkeep"))) == 1


@pytest.mark.parametrize("why", ["no register", "nobody"])
def test_a_confirmation_begins_where_a_register_is_open_and_a_user_can_answer(
    walk: Walk, clock: Clock, why: str
):
    walk.begin_at("interest_acts")
    if why == "nobody":
        walk.open_production()
        walk.leave("administrator", "alternate")
    plan(walk, "upkeep", calendar.now())
    walk.tick()
    assert walk.all(select(Task).where(Task.process == "upkeep")) == []
    waiting = [row.process for row in walk.all(select(PlannedStart))]
    if why == "no register":
        assert waiting == []
        assert [one.data["process"] for one in walk.entries("process.not_started")] == ["upkeep"]
        return
    assert waiting == ["upkeep"]
    assert walk.entries("process.not_started") == []
    walk.open_production()
    clock.forward(days=1)
    walk.tick()
    assert walk.one(select(Task).where(Task.process == "upkeep")).step == "confirm_register"


def test_of_two_plans_the_earlier_moment_counts(walk: Walk):
    walk.begin_at("interest_acts")
    with walk.writing() as session:
        act = Act.hold(session, walk.id, None)
        projection.plan_start(act, "upkeep", calendar.now() + timedelta(days=90))
        session.flush()
        projection.plan_start(act, "upkeep", calendar.now() + timedelta(days=3))
        session.flush()
        projection.plan_start(act, "upkeep", calendar.now() + timedelta(days=30))
    (planned,) = walk.all(select(PlannedStart))
    assert planned.at == calendar.now() + timedelta(days=3)
