"""Replacing administrator or authority during the path, and the reviews afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import PlannedStart, ProcessInstance, Reminder
from app.cases import papers, processes
from app.cases.processes.act import STANDSTILL
from app.people import access
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock


def left(walk: Walk, step: str, instance: int = 0) -> int:
    """Return the working days of a step, from today or the next working day."""
    due_at = walk.task(step, instance).due_at
    assert due_at is not None, step
    days = calendar.Calendar()
    return days.between(days.on_or_after(calendar.today()), calendar.last_day(due_at))


def designate(walk: Walk, instance: int) -> None:
    """Complete a redesignation."""
    for step in ("designate_administrator", "file_designation"):
        walk.answer(step, instance=instance)
    walk.answer("record_reception", "received", instance=instance)
    walk.answer("review_designation", "accepted", instance=instance)


def designated(walk: Walk) -> str:
    """Return the DNI of the administrator in the records."""
    number: str = walk.record("administrator")["holder"]["document_number"]
    return number


# Paused tasks ---------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_administrators_steps_stand_still_while_another_is_designated(walk: Walk, clock: Clock):
    walk.begin_at("training")
    with walk.writing() as session:
        walk.find(session, "plan_training").assignee_id = walk.people["administrator"]
    clock.forward(days=2)
    assert left(walk, "plan_training") == 8
    again = walk.begin("redesignation")
    task = walk.task("plan_training")
    assert (task.due_at, task.paused_days, task.state) == (None, 8, "open")
    clock.forward(days=30)
    walk.tick()
    assert "plan_training" in walk.open_steps()
    designate(walk, again)
    assert walk.row(again).status == "ended"
    task = walk.task("plan_training")
    assert (task.paused_days, task.assignee_id) == (None, None), "it is back in the tray"
    assert left(walk, "plan_training") == 8
    assert walk.log().count("task.paused") == walk.log().count("task.resumed") == 1
    reminded = walk.all(select(Reminder).where(Reminder.rung.startswith("moved ")))
    assert {row.task_id for row in reminded} == {walk.task("plan_training").id}
    walk.assert_consistent()


@pytest.mark.nightly
def test_a_timer_on_a_step_stands_still_with_it_and_goes_on_with_its_date(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    again = walk.begin("redesignation")
    clock.forward(days=60)
    walk.tick()
    assert "choose_thematic_session" in walk.open_steps()
    designate(walk, again)
    due_at = walk.task("choose_thematic_session").due_at
    assert left(walk, "choose_thematic_session") == 3
    assert walk.waiting()["choose_thematic_session_lapses"] == due_at
    assert walk.row().wake_at is not None
    assert walk.row().wake_at <= due_at
    clock.set(due_at)
    walk.tick()
    assert "schedule_thematic_induction" in walk.open_steps()


@pytest.mark.nightly
def test_a_step_that_opens_meanwhile_stands_still_from_the_beginning(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.answer("plan_training")
    assert walk.open_steps() == []
    again = walk.begin("redesignation")
    clock.forward(days=40)
    walk.tick()
    task = walk.task("report_training")
    assert (task.due_at, task.paused_days) == (None, 5)
    designate(walk, again)
    assert left(walk, "report_training") == 5


@pytest.mark.nightly
def test_what_was_late_gets_at_least_one_day(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=40)
    again = walk.begin("redesignation")
    assert walk.task("plan_training").paused_days < 0
    designate(walk, again)
    assert left(walk, "plan_training") == 1


@pytest.mark.nightly
def test_a_legal_term_does_not_stand_still(walk: Walk, clock: Clock):
    walk.begin_at("resubmission")
    walk.answer("update_personnel")
    walk.answer("file_personnel")
    walk.answer("record_personnel_reception", "observed")
    walk.acknowledge("correct_personnel")
    due_at = walk.task("correct_personnel").due_at
    walk.begin("redesignation")
    assert walk.task("correct_personnel").due_at == due_at
    clock.forward(days=5)
    walk.tick()
    assert walk.task("correct_personnel").state == "lapsed"
    assert walk.task("update_personnel").paused_days == 5


def test_steps_of_others_run_on_and_a_standstill_of_ten_years_is_no_deadline(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    due_at = walk.task("schedule_thematic_induction").due_at
    walk.begin("redesignation")
    assert walk.task("schedule_thematic_induction").due_at == due_at
    assert walk.waiting()["choose_technical_session_lapses"] - calendar.now() == STANDSTILL
    assert walk.task("choose_technical_session").due_at is None


def addressees(walk: Walk) -> list[str]:
    """Return who gets the mails of the administrator's steps."""
    with walk.reading() as session:
        entity = walk.instance(session).entity
        return [user.email for user in access.recipients(session, "administrator", entity)]


def test_cancelling_the_redesignation_lets_all_go_on(walk: Walk, clock: Clock):
    walk.begin_at("training")
    again = walk.begin("redesignation")
    clock.forward(days=14)
    walk.act(processes.cancel, "Se inició por error", on=again)
    assert left(walk, "plan_training") == 10
    assert walk.task("plan_training").paused_days is None


@pytest.mark.nightly
def test_a_redesignation_that_ends_by_a_retry_lets_all_go_on(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    from app.cases import service_tasks
    from app.cases.service_tasks import Effects, Offered

    def fail(*_: object) -> Effects:
        raise RuntimeError("not today")

    offered = service_tasks.OFFERED["transfer_tasks"]
    monkeypatch.setitem(service_tasks.OFFERED, "transfer_tasks", Offered(fail, offered.outcomes))
    walk.begin_at("training")
    again = walk.begin("redesignation")
    designate(walk, again)
    assert walk.task("plan_training").paused_days is not None
    monkeypatch.setitem(service_tasks.OFFERED, "transfer_tasks", offered)
    walk.act(processes.retry, on=again)
    assert walk.row(again).status == "ended"
    assert left(walk, "plan_training") == 10


def test_a_step_that_waits_is_the_alternates_by_mail_and_page(walk: Walk):
    walk.begin_at("training")
    assert addressees(walk) == ["persona.012@example.pe"]
    walk.begin("redesignation")
    assert addressees(walk) == ["persona.013@example.pe"]
    for role in ("administrator", "alternate", "sip"):
        assert walk.browser(role).get("/entidades/E90001/tareas").status_code == 200
    assert "En espera" in walk.browser("alternate").get("/pendientes").text
    walk.answer("plan_training", by="alternate")
    assert walk.task("plan_training").state == "completed"


# Handing over ---------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_new_administrator_takes_over_and_nothing_done_is_lost(walk: Walk):
    walk.begin_at("training")
    walk.answer("plan_training")
    old, before = designated(walk), walk.log()
    client = walk.browser("administrator")
    assert client.get("/entidades/E90001").status_code == 200
    again = walk.begin("redesignation")
    assert "list_personnel" not in walk.open_steps(again)
    designate(walk, again)
    new = designated(walk)
    assert new != old
    assert walk.has_role(new, "administrator")
    assert not walk.has_role("40000012", "administrator")
    assert client.get("/entidades/E90001").status_code == 303  # signed out, because no role is left
    assert walk.log()[: len(before)] == before
    assert walk.row().stage == "training"


@pytest.mark.nightly
def test_a_redesignation_makes_two_papers_and_offers_no_no_corresponde(walk: Walk):
    walk.begin_at("training")
    again = walk.begin("redesignation")
    walk.answer("designate_administrator", instance=again)
    kinds = [entry.data["paper"] for entry in walk.entries("paper.issued")]
    assert kinds == ["oficio_designacion", "sip_rvl_001"]
    walk.answer("file_designation", instance=again)
    walk.answer("record_reception", "received", instance=again)
    task = walk.task("review_designation", again)
    page = walk.browser("sip").get(f"/tareas/{task.id}", follow_redirects=True).text
    assert "No corresponde" not in page


# The authority --------------------------------------------------------------------------------


def test_a_new_authority_is_registered_and_roster_and_decision_makers_are_reviewed(
    walk: Walk, clock: Clock
):
    walk.begin_at("interest_acts")
    walk.open_production()
    change = walk.begin("change_authority")
    assert walk.open_steps(change) == ["register_authority_change"]
    walk.answer("register_authority_change", "registered", instance=change)
    assert walk.row(change).status == "ended"
    clock.forward(minutes=1)
    assert walk.tick() == 1
    cycle = walk.one(select(ProcessInstance).where(ProcessInstance.process == "upkeep"))
    assert walk.open_steps(cycle.id) == ["confirm_register"]
    assert walk.open_steps() == ["enable_interest_acts"], "the onboarding stays where it was"


def test_a_change_that_nobody_registers_ends_by_itself(walk: Walk, clock: Clock):
    walk.begin_at("interest_acts")
    change = walk.begin("change_authority")
    clock.forward(days=100)
    walk.tick()
    row = walk.row(change)
    assert (row.status, row.end_name) == ("ended", "Sin registrar")
    assert walk.task("register_authority_change", change).state == "lapsed"
    assert walk.all(select(PlannedStart)) == []


# Upkeep ---------------------------------------------------------------------------------------


def to_the_close(walk: Walk) -> None:
    """Bring an onboarding to its last review."""
    walk.begin_at("interest_acts")
    for step, outcome in (
        ("enable_interest_acts", ""),
        ("define_decision_makers", ""),
        ("approve_decision_makers", "approved"),
        ("train_decision_makers", "trained"),
    ):
        walk.answer(step, outcome)


@pytest.fixture
def finished(walk: Walk) -> Walk:
    """Return an onboarding that ended well."""
    to_the_close(walk)
    walk.answer("close_onboarding", "closed")
    walk.answer("sign_certificate", "signed")
    assert walk.row().status == "ended"
    return walk


def planned(walk: Walk) -> date | None:
    """Return the day for which the next cycle is planned."""
    at = next(iter(walk.all(select(PlannedStart.at))), None)
    return calendar.lima_day(at) if at else None


def cycle_of(walk: Walk) -> int:
    """Return the newest cycle of upkeep."""
    query = select(ProcessInstance.id).where(ProcessInstance.process == "upkeep")
    return walk.one(query.order_by(ProcessInstance.id.desc()).limit(1))


@pytest.mark.nightly
def test_ninety_days_after_the_end_the_roster_is_reviewed_repeatedly(finished: Walk, clock: Clock):
    assert planned(finished) == date(2026, 3, 2) + timedelta(days=90)
    clock.forward(days=90)
    finished.tick()
    first = cycle_of(finished)
    assert planned(finished) is None, "none while one is open"
    finished.answer("confirm_register", "confirmed", instance=first)
    assert finished.row(first).status == "ended"
    assert planned(finished) == calendar.today() + timedelta(days=90)
    clock.forward(days=90)
    finished.tick()
    assert cycle_of(finished) != first


@pytest.mark.nightly
def test_a_cycle_that_nobody_answers_ends_and_the_next_is_planned(finished: Walk, clock: Clock):
    clock.forward(days=90)
    finished.tick()
    cycle = cycle_of(finished)
    clock.forward(days=100)
    finished.tick()
    assert finished.row(cycle).end_name == "Sin confirmar"
    assert planned(finished) == calendar.today() + timedelta(days=90)
    assert "Sin confirmar" in finished.browser("sip").get("/entidades/E90001/tareas").text


@pytest.mark.nightly
def test_what_ended_in_no_corresponde_has_no_upkeep(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "out_of_scope")
    assert planned(filed) is None


@pytest.mark.nightly
def test_the_certificate_waits_for_its_signature_and_a_failure_of_its_paper(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    def fail(*_: object) -> bytes:
        raise RuntimeError("the press is out of ink")

    to_the_close(walk)
    monkeypatch.setattr(papers, "render", fail)
    walk.answer("close_onboarding", "closed")
    assert planned(walk) is None
    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    clock.forward(minutes=1)
    walk.tick()
    assert walk.open_steps() == ["sign_certificate"]
    assert planned(walk) is None
