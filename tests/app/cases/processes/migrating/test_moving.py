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


def test_a_step_that_stays_keeps_its_row_and_its_draft(walk: Walk):
    walk.begin()
    task_id = walk.draft(STEP)
    before = walk.task(STEP)
    verdict = move(walk, version(walk, NEW_NAME))
    after = walk.task(STEP)
    assert [change.kind for change in verdict.changes] == ["renamed"]
    assert (after.id, after.engine_id, after.due_at) == (task_id, before.engine_id, before.due_at)
    assert after.name == "Nombrar al administrador"
    assert walk.draft_of(task_id) is not None
    walk.assert_consistent()
    walk.answer(STEP)
    assert walk.open_steps() == ["list_personnel"]


def test_the_log_has_both_versions_and_says_what_changed(walk: Walk):
    walk.begin()
    left = walk.row().deployment_id
    now = version(walk, NEW_NAME, days(STEP, 15))
    move(walk, now, number=7)
    (entry,) = walk.entries("case.migrated")
    assert (entry.data["from"], entry.data["to"], entry.data["migration"]) == (left, now, 7)
    with walk.reading() as session:
        (line,) = describe_all(session, [session.merge(entry)])
    assert "Pasó a otra versión" in line.text
    assert "se llama ahora «Nombrar al administrador»" in line.text
    assert "cambia el plazo de «Nombrar al administrador»" in line.text


# Terms ----------------------------------------------------------------------------------------


def test_a_term_follows_the_new_table_from_its_own_start_with_the_days_added(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        task = walk.find(session, STEP)
        processes.extend(session, task.id, 3, "Lo pidió la entidad", walk.people["sip"])
    move(walk, version(walk, days(STEP, 20)))
    assert due(walk, STEP) == WORKING.add(MONDAY, 20 + 3)
    assert walk.task(STEP).regular_days == 20


def test_no_term_ends_before_the_end_of_the_next_working_day(walk: Walk, clock: Clock):
    walk.begin()
    clock.forward(days=4)  # Friday
    verdict = move(walk, version(walk, days(STEP, 1)))
    assert due(walk, STEP) == date(2026, 3, 9)
    (change,) = verdict.changes
    assert (change.kind, change.before, change.after) == ("term", "2026-03-16", "2026-03-09")


def test_a_second_migration_gives_a_shortened_term_its_days_again(walk: Walk):
    walk.begin()
    before = due(walk, STEP)
    move(walk, version(walk, days(STEP, 1)))
    move(walk, version(walk, days(STEP, 10), NEW_NAME), number=2)
    assert due(walk, STEP) == before


@pytest.mark.nightly("walkers")
def test_a_late_step_stays_as_it_is_unless_it_gets_time(walk: Walk, clock: Clock):
    walk.begin()
    late = due(walk, STEP)
    clock.forward(days=30)
    move(walk, version(walk, days(STEP, 5)))
    assert due(walk, STEP) == late
    move(walk, version(walk, days(STEP, 40)), number=2)
    assert due(walk, STEP) == WORKING.add(MONDAY, 40)


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


def test_a_legal_term_that_was_not_notified_runs_as_it_would_have(walk: Walk):
    to_correction(walk)
    move(walk, version(walk, days("correct_designation", 5)))
    assert walk.task("correct_designation").due_at is None
    walk.acknowledge("correct_designation")
    assert due(walk, "correct_designation") == WORKING.add(MONDAY, 2)
    assert ends(walk, "correct_designation_lapses") == WORKING.add(MONDAY, 2)


def test_a_timer_on_a_step_follows_its_date(walk: Walk):
    walk.begin_at("induction")
    step = "choose_thematic_session"
    move(walk, version(walk, days(step, 6)))
    assert due(walk, step) == WORKING.add(MONDAY, 6)
    assert ends(walk, f"{step}_lapses") == WORKING.add(MONDAY, 6)


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
    with walk.writing() as session:
        task = walk.find(session, AUTHORITY, instance)
        processes.extend(session, task.id, 10, "Lo pidió la entidad", walk.people["sip"])
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
    walk: Walk, clock: Clock, number: int, last: int
):
    walk.begin()
    clock.forward(days=4)  # Friday, after four working days
    changed = edit("designation.bpmn", "working_days(45)", f"working_days({number})")
    move(walk, version(walk, changed))
    assert ends(walk, "designation_overdue") == WORKING.add(MONDAY, last)


def test_terms_are_extended_and_recalculated_after_a_move(walk: Walk):
    walk.begin_at("induction")
    step = "choose_thematic_session"
    move(walk, version(walk, days(step, 6)))
    with walk.writing() as session:
        task = walk.find(session, step)
        processes.extend(session, task.id, 1, "Lo pidió la entidad", walk.people["sip"])
    assert ends(walk, f"{step}_lapses") == due(walk, step) == WORKING.add(MONDAY, 7)
    add(walk, 5)
    off = Calendar(frozenset({date(2026, 3, 5)}))
    assert ends(walk, f"{step}_lapses") == due(walk, step) == off.add(MONDAY, 7)


# What waits -----------------------------------------------------------------------------------


def test_a_suspended_case_waits_and_moves_once_it_goes_on(walk: Walk, clock: Clock):
    walk.begin()
    now = version(walk, days(STEP, 20))
    walk.act(processes.suspend, "Por oficio")
    assert judged(walk, now).kind == "not_yet"
    with pytest.raises(migrating.NotMoved, match="suspendido"):
        move(walk, now)
    clock.forward(days=7)
    walk.act(processes.resume, "Por oficio")
    move(walk, now)
    assert due(walk, STEP) == WORKING.add(MONDAY, 20 + 5)


def test_a_case_whose_terms_stand_still_waits(walk: Walk):
    walk.begin_at("training")
    walk.begin("redesignation")
    verdict = judged(walk, version(walk, days("plan_training", 20)))
    assert (verdict.kind, verdict.reason) == ("not_yet", migrating.judging.STANDS_STILL)


def test_a_case_with_a_due_timer_waits(walk: Walk, clock: Clock):
    walk.begin()
    clock.set(walk.waiting()["designation_overdue"])
    now = version(walk, NEW_NAME)
    assert judged(walk, now).reason == migrating.judging.DUE
    walk.tick()
    assert judged(walk, now).kind == "changes"


def test_a_state_damaged_by_one_byte_cannot_move(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        row = walk.instance(session)
        row.state = row.state[:40] + bytes([row.state[40] ^ 1]) + row.state[41:]
    verdict = judged(walk, version(walk, NEW_NAME))
    assert (verdict.kind, verdict.reason) == ("cannot", migrating.judging.DAMAGED)


# Lanes and clocks -----------------------------------------------------------------------------


def test_a_lane_changes_hands_at_the_moment_of_the_move(walk: Walk, clock: Clock):
    walk.begin()
    with walk.writing() as session:
        task, user = walk.find(session, STEP), walk.user(session, "preparer")
        assert processes.assigning.take(session, task, user)
    clock.forward(days=2)
    move(walk, version(walk, in_lane("designation.bpmn", STEP, "designation_sip")))
    row, task = walk.row(), walk.task(STEP)
    assert (row.holder, row.holder_since_at) == ("sip", calendar.now())
    assert (task.role, task.assignee_id) == ("sip", None)
    (entry,) = walk.entries("task.lane_changed")
    assert (entry.data["before"], entry.data["role"]) == ("authority", "sip")
    clock.forward(days=1)
    assert is_rebuilt_the_same(walk)


def is_rebuilt_the_same(walk: Walk) -> bool:
    """Return whether the clocks of the case come out of the log as they are."""
    with walk.writing() as session:
        before = session.scalars(select(Holding).order_by(Holding.id)).all()
        assert before
        return not custody.rebuild(session, walk.instance(session))


def test_an_incident_of_an_element_that_is_gone_does_not_stop_a_rebuild(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    with walk.writing() as session:
        row = walk.instance(session)
        case = processes.act.Act.hold(session, row.id, None).case
        case.log("incident.raised", element="open_demo_register", name="Abrir")
        case.log("incident.resolved", element="open_demo_register", name="Abrir")
    clock.forward(days=1)
    before = walk.row().holder
    move(walk, version(walk, another_id("induction.bpmn", "open_demo_register", "open_demo")))
    assert before == walk.row().holder
    with walk.writing() as session:
        custody.rebuild(session, walk.instance(session))


# Mails ----------------------------------------------------------------------------------------


def test_a_moved_date_is_announced_under_the_key_of_its_migration(walk: Walk):
    walk.begin()
    old = due(walk, STEP)
    move(walk, version(walk, days(STEP, 20)), number=3)
    rows = walk.all(select(Reminder).where(Reminder.mail_kind == "task_moved"))
    assert {row.rung for row in rows} == {f"moved {old.isoformat()} m3"}
    assert {row.due_on for row in rows} == {WORKING.add(MONDAY, 20)}


def test_a_second_migration_to_the_same_date_is_announced_again(walk: Walk):
    walk.begin()
    old = due(walk, STEP).isoformat()
    twenty, ten = version(walk, days(STEP, 20)), version(walk, NEW_NAME)
    for number, target in enumerate((twenty, ten, version(walk, days(STEP, 20), NEW_NAME)), 1):
        move(walk, target, number=number)
    last = WORKING.add(MONDAY, 20)
    rows = walk.all(select(Reminder.rung).where(Reminder.due_on == last))
    assert set(rows) == {f"moved {old} m1", f"moved {old} m3"}


def test_a_move_without_another_date_announces_nothing(walk: Walk):
    walk.begin()
    move(walk, version(walk, NEW_NAME))
    assert walk.all(select(Reminder)) == []


def test_the_people_of_a_new_lane_are_reminded_of_its_arrival(walk: Walk):
    walk.begin()
    clock_was = calendar.now()
    with walk.writing() as session:
        walk.find(session, STEP).reminded_on = calendar.today()
    move(walk, version(walk, in_lane("designation.bpmn", STEP, "designation_sip")))
    task = walk.task(STEP)
    assert task.reminded_on is None
    assert task.had_since_on == calendar.today()
    assert task.next_reminder_at is not None
    assert task.next_reminder_at - clock_was < timedelta(days=1)


# Answers --------------------------------------------------------------------------------------


@pytest.mark.nightly("walkers")
def test_a_case_answers_to_its_end_of_stage_after_a_move(walk: Walk):
    walk.begin()
    walk.answer(STEP)
    move(walk, version(walk, NEW_NAME, days("file_designation", 9)))
    walk.answer("list_personnel")
    assert walk.task("file_designation").term_days == 9
    walk.answer("file_designation")
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "accepted")
    assert walk.row().stage == "induction"
    walk.assert_consistent()


def test_a_way_back_works_after_a_move(walk: Walk):
    walk.begin()
    walk.answer(STEP)
    walk.answer("list_personnel")
    move(walk, version(walk, NEW_NAME))
    with walk.writing() as session:
        ways = processes.ways_back(session, walk.instance(session))
        assert STEP in dict(ways)
        processes.send_back(session, walk.id, STEP, "Falta la resolución", walk.people["sip"])
    assert walk.open_steps() == [STEP]
    assert walk.task(STEP).name == "Nombrar al administrador"
    with walk.reading() as session:
        draft = session.scalars(select(Draft).join(Task, Task.id == Draft.task_id)).first()
        assert draft is not None
    walk.assert_consistent()


def test_a_stage_is_validated_after_a_move(walk: Walk):
    walk.begin_at("training")
    move(walk, version(walk, days("plan_training", 20)))
    walk.commit(
        processes.validate_stage,
        walk.id,
        "training",
        reason="Ya capacitó",
        document_id="",
        answers={},
        actor_id=walk.people["sip"],
    )
    assert walk.row().stage == "demo_test"
    assert walk.open_steps() == ["run_demo_test"]
    walk.assert_consistent()


def test_a_case_is_suspended_and_goes_on_after_a_move(walk: Walk, clock: Clock):
    walk.begin()
    move(walk, version(walk, days(STEP, 20)))
    walk.act(processes.suspend, "Por oficio")
    clock.forward(days=7)
    walk.act(processes.resume, "Por oficio")
    assert due(walk, STEP) == WORKING.add(MONDAY, 20 + 5)
    walk.assert_consistent()


def test_steps_that_open_after_a_move_have_the_terms_of_the_version(walk: Walk):
    walk.begin()
    move(walk, version(walk, days("list_personnel", 17)))
    walk.answer(STEP)
    assert due(walk, "list_personnel") == WORKING.add(MONDAY, 17)
    assert walk.task("list_personnel").regular_days == 17
