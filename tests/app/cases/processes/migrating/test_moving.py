"""One case that moves to another version: its tasks, terms, timers, lanes and clocks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Draft, Holding, Reminder, Task
from app.cases import custody, processes
from app.cases.history.lines import describe_all
from app.cases.processes import migrating
from tests.app.cases.processes.migrated import (
    another_id,
    days,
    edit,
    in_lane,
    judged,
    move,
    to_correction,
    version,
)
from tests.app.cases.processes.recalculated import add, due, ends
from tests.app.walk import Walk
from tests.conftest import Clock

WORKING = Calendar()
MONDAY = date(2026, 3, 2)
STEP = "designate_administrator"
NAME = 'name="Designar al administrador (SIP-RVL-001)"'
NEW_NAME = edit("designation.bpmn", NAME, 'name="Nombrar al administrador"')
AUTHORITY = "register_authority_change"


def test_a_step_that_stays_keeps_its_row_and_its_draft(begun: Walk):
    task_id = begun.draft(STEP)
    before = begun.task(STEP)
    verdict = move(begun, version(begun, NEW_NAME))
    after = begun.task(STEP)
    assert [change.kind for change in verdict.changes] == ["renamed"]
    assert begun.all(select(Reminder)) == [], "no date moved"
    assert (after.id, after.engine_id, after.due_at) == (task_id, before.engine_id, before.due_at)
    assert after.name == "Nombrar al administrador"
    assert begun.draft_of(task_id) is not None
    begun.assert_consistent()
    begun.answer(STEP)
    assert begun.open_steps() == ["list_personnel"]


def test_the_log_and_the_reminders_say_what_a_migration_changed(begun: Walk):
    left, old = begun.row().deployment_id, due(begun)
    now = version(begun, NEW_NAME, days(STEP, 15))
    move(begun, now, number=7)
    (entry,) = begun.entries("case.migrated")
    assert (entry.data["from"], entry.data["to"], entry.data["migration"]) == (left, now, 7)
    with begun.reading() as session:
        (line,) = describe_all(session, [session.merge(entry)])
    assert "Pasó a otra versión" in line.text
    assert "se llama ahora «Nombrar al administrador»" in line.text
    assert "cambia el plazo de «Nombrar al administrador»" in line.text
    rows = begun.all(select(Reminder).where(Reminder.mail_kind == "task_moved"))
    assert {row.rung for row in rows} == {f"moved {old.isoformat()} m7"}
    assert {row.due_on for row in rows} == {WORKING.add(MONDAY, 15)}


# Terms ----------------------------------------------------------------------------------------


def test_a_term_follows_the_new_table_from_its_own_start_with_the_days_added(begun: Walk):
    begun.act(processes.extend, 3, "Lo pidió la entidad", on=begun.task(STEP).id)
    move(begun, version(begun, days(STEP, 20)))
    assert due(begun) == WORKING.add(MONDAY, 20 + 3)
    assert begun.task(STEP).regular_days == 20


def test_no_term_ends_before_the_end_of_the_next_working_day(begun: Walk, clock: Clock):
    clock.forward(days=4)  # Friday
    verdict = move(begun, version(begun, days(STEP, 1)))
    assert due(begun) == date(2026, 3, 9)
    (change,) = verdict.changes
    assert (change.kind, change.before, change.after) == ("term", "2026-03-16", "2026-03-09")
    move(begun, version(begun, days(STEP, 10), NEW_NAME), number=2)
    assert due(begun) == date(2026, 3, 16), "it has its days again"


@pytest.mark.nightly("walkers")
def test_a_late_step_stays_as_it_is_unless_it_gets_time(begun: Walk, clock: Clock):
    late = due(begun)
    clock.forward(days=30)
    move(begun, version(begun, days(STEP, 5)))
    assert due(begun) == late
    move(begun, version(begun, days(STEP, 40)), number=2)
    assert due(begun) == WORKING.add(MONDAY, 40)


@pytest.mark.nightly("walkers")
def test_a_legal_term_its_timer_and_its_notice_never_move(walk: Walk):
    to_correction(walk)
    walk.acknowledge("correct_designation")
    before, timers = walk.task("correct_designation"), walk.waiting()
    verdict = move(walk, version(walk, days("correct_designation", 5)))
    after = walk.task("correct_designation")
    assert verdict.kind == "passes"
    for name in ("due_at", "term_days", "counted_on", "notified_at", "notice_at", "due_kind"):
        assert getattr(after, name) == getattr(before, name), name
    assert walk.waiting() == timers


@pytest.mark.nightly("walkers")
def test_a_legal_term_that_was_not_notified_runs_as_it_would_have(walk: Walk):
    to_correction(walk)
    move(walk, version(walk, days("correct_designation", 5)))
    assert walk.task("correct_designation").due_at is None
    walk.acknowledge("correct_designation")
    assert due(walk, "correct_designation") == WORKING.add(MONDAY, 2)
    assert ends(walk, "correct_designation_lapses") == WORKING.add(MONDAY, 2)


@pytest.mark.nightly("walkers")
def test_a_timer_with_other_days_keeps_its_distance_to_the_date(walk: Walk):
    instance = change_of_authority(walk)
    move(walk, version(walk, days(AUTHORITY, 8)), instance)
    assert due(walk, AUTHORITY, instance) == WORKING.add(MONDAY, 8)
    assert ends(walk, f"{AUTHORITY}_lapses", instance) == WORKING.add(MONDAY, 60)


@pytest.mark.nightly("walkers")
def test_no_timer_on_a_step_fires_before_the_end_of_the_next_working_day(walk: Walk, clock: Clock):
    instance = change_of_authority(walk)
    clock.forward(days=11)  # Friday
    move(walk, version(walk, sixty(2)), instance)
    assert ends(walk, f"{AUTHORITY}_lapses", instance) == date(2026, 3, 16)
    walk.act(processes.extend, 10, "Lo pidió la entidad", on=walk.task(AUTHORITY, instance).id)
    assert ends(walk, f"{AUTHORITY}_lapses", instance) == WORKING.add(date(2026, 3, 16), 10)


def change_of_authority(walk: Walk) -> int:
    """Return a process whose step has 5 days, and a timer on it of 60."""
    walk.begin_at("training")
    return walk.begin("change_authority")


def sixty(number: int):
    """Return a change of the 60 days after which a change of authority lapses."""
    return edit("change_authority.bpmn", "working_days(60)", f"working_days({number})")


@pytest.mark.parametrize(("number", "last"), [(50, 50), (40, 40), (2, 5)])
def test_a_follow_up_moves_by_the_difference_of_its_days(
    begun: Walk, clock: Clock, number: int, last: int
):
    clock.forward(days=4)  # Friday, after four working days
    changed = edit("designation.bpmn", "working_days(45)", f"working_days({number})")
    move(begun, version(begun, changed))
    assert ends(begun, "designation_overdue") == WORKING.add(MONDAY, last)


@pytest.mark.nightly("walkers")
def test_a_timer_follows_the_date_of_its_step_in_a_move_and_after_it(walk: Walk):
    walk.begin_at("induction")
    step = "choose_thematic_session"
    move(walk, version(walk, days(step, 6)))
    assert ends(walk, f"{step}_lapses") == due(walk, step) == WORKING.add(MONDAY, 6)
    walk.act(processes.extend, 1, "Lo pidió la entidad", on=walk.task(step).id)
    assert ends(walk, f"{step}_lapses") == due(walk, step) == WORKING.add(MONDAY, 7)
    add(walk, 5)
    off = Calendar(frozenset({date(2026, 3, 5)}))
    assert ends(walk, f"{step}_lapses") == due(walk, step) == off.add(MONDAY, 7)


# What waits -----------------------------------------------------------------------------------


def test_a_suspended_case_waits_and_moves_once_it_goes_on(begun: Walk, clock: Clock):
    now = version(begun, days(STEP, 20))
    begun.act(processes.suspend, "Por oficio")
    assert judged(begun, now).kind == "not_yet"
    with pytest.raises(migrating.NotMoved, match="suspendido"):
        move(begun, now)
    clock.forward(days=7)
    begun.act(processes.resume, "Por oficio")
    move(begun, now)
    assert due(begun) == WORKING.add(MONDAY, 20 + 5)


def test_a_case_whose_terms_stand_still_waits(walk: Walk):
    walk.begin_at("training")
    walk.begin("redesignation")
    verdict = judged(walk, version(walk, days("plan_training", 20)))
    assert (verdict.kind, verdict.reason) == ("not_yet", migrating.judging.STANDS_STILL)


@pytest.mark.nightly("walkers")
def test_a_case_with_a_due_timer_waits(begun: Walk, clock: Clock):
    clock.set(begun.waiting()["designation_overdue"])
    now = version(begun, NEW_NAME)
    assert judged(begun, now).reason == migrating.judging.DUE
    begun.tick()
    assert judged(begun, now).kind == "changes"


def test_a_state_damaged_by_one_byte_cannot_move(begun: Walk):
    with begun.writing() as session:
        row = begun.instance(session)
        row.state = row.state[:40] + bytes([row.state[40] ^ 1]) + row.state[41:]
    verdict = judged(begun, version(begun, NEW_NAME))
    assert (verdict.kind, verdict.reason) == ("cannot", migrating.judging.DAMAGED)


# Lanes and clocks -----------------------------------------------------------------------------


def test_a_lane_changes_hands_at_the_move_and_its_people_are_reminded(begun: Walk, clock: Clock):
    with begun.writing() as session:
        task, user = begun.find(session, STEP), begun.user(session, "preparer")
        assert processes.assigning.take(session, task, user)
        task.reminded_on = calendar.today()
    clock.forward(days=2)
    moved_at = calendar.now()
    move(begun, version(begun, in_lane("designation.bpmn", STEP, "designation_sip")))
    row, task = begun.row(), begun.task(STEP)
    assert (row.holder, row.holder_since_at) == ("sip", calendar.now())
    assert (task.role, task.assignee_id) == ("sip", None)
    assert task.reminded_on is None
    assert task.had_since_on == calendar.today()
    assert task.next_reminder_at is not None
    assert task.next_reminder_at - moved_at < timedelta(days=1)
    (entry,) = begun.entries("task.lane_changed")
    assert (entry.data["before"], entry.data["role"]) == ("authority", "sip")
    clock.forward(days=1)
    assert is_rebuilt_the_same(begun)


def is_rebuilt_the_same(walk: Walk) -> bool:
    """Return whether the clocks of the case come out of the log as they are."""
    with walk.writing() as session:
        assert session.scalars(select(Holding).order_by(Holding.id)).all()
        return not custody.rebuild(session, walk.instance(session))


def test_an_incident_of_an_element_that_is_gone_does_not_stop_a_rebuild(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    with walk.writing() as session:
        case = processes.act.Act.hold(session, walk.instance(session).id, None).case
        case.log("incident.raised", element="open_demo_register", name="Abrir")
        case.log("incident.resolved", element="open_demo_register", name="Abrir")
    clock.forward(days=1)
    before = walk.row().holder
    move(walk, version(walk, another_id("induction.bpmn", "open_demo_register", "open_demo")))
    assert before == walk.row().holder
    with walk.writing() as session:
        custody.rebuild(session, walk.instance(session))


# Mails ----------------------------------------------------------------------------------------


@pytest.mark.nightly("walkers")
def test_a_second_migration_to_the_same_date_is_announced_again(begun: Walk):
    old = due(begun).isoformat()
    twenty, ten = version(begun, days(STEP, 20)), version(begun, NEW_NAME)
    for number, target in enumerate((twenty, ten, version(begun, days(STEP, 20), NEW_NAME)), 1):
        move(begun, target, number=number)
    last = WORKING.add(MONDAY, 20)
    rows = begun.all(select(Reminder.rung).where(Reminder.due_on == last))
    assert set(rows) == {f"moved {old} m1", f"moved {old} m3"}


# Answers --------------------------------------------------------------------------------------


@pytest.mark.nightly("walkers")
def test_a_case_answers_to_its_end_of_stage_after_a_move(begun: Walk):
    begun.answer(STEP)
    move(begun, version(begun, NEW_NAME, days("file_designation", 9)))
    begun.answer("list_personnel")
    assert begun.task("file_designation").term_days == 9
    begun.answer("file_designation")
    begun.answer("record_reception", "received")
    begun.answer("review_designation", "accepted")
    assert begun.row().stage == "induction"
    begun.assert_consistent()


def test_a_way_back_works_after_a_move(begun: Walk):
    begun.answer(STEP)
    begun.answer("list_personnel")
    move(begun, version(begun, NEW_NAME))
    with begun.writing() as session:
        assert STEP in dict(processes.ways_back(session, begun.instance(session)))
        processes.send_back(session, begun.id, STEP, "Falta la resolución", begun.people["sip"])
    assert begun.open_steps() == [STEP]
    assert begun.task(STEP).name == "Nombrar al administrador"
    with begun.reading() as session:
        draft = session.scalars(select(Draft).join(Task, Task.id == Draft.task_id)).first()
        assert draft is not None
    begun.assert_consistent()


def test_a_stage_is_validated_after_a_move(walk: Walk):
    walk.begin_at("training")
    move(walk, version(walk, days("plan_training", 20)))
    walk.validate("training")
    assert walk.row().stage == "demo_test"
    assert walk.open_steps() == ["run_demo_test"]
    walk.assert_consistent()


def test_a_case_is_suspended_and_goes_on_after_a_move_with_the_terms_of_the_version(
    begun: Walk, clock: Clock
):
    move(begun, version(begun, days(STEP, 20), days("list_personnel", 17)))
    begun.act(processes.suspend, "Por oficio")
    clock.forward(days=7)
    begun.act(processes.resume, "Por oficio")
    assert due(begun) == WORKING.add(MONDAY, 20 + 5)
    begun.assert_consistent()
    begun.answer(STEP)
    assert due(begun, "list_personnel") == WORKING.add(calendar.today(), 17)
    assert begun.task("list_personnel").regular_days == 17
