"""The start of terms: reception, session, going live, a return, the end of a suspension."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from app.base import calendar, formatting
from app.base.calendar import Calendar
from app.base.models import Draft, Task
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.why import why_due
from tests.app.walk import BY_LANE, Walk
from tests.conftest import Clock

WORKING = Calendar()
WHY = "Lo pidió la entidad por oficio"
WORK = "Plazo de trabajo de la implementación"
TWO_WEEKS = {"days": 14}


def answer(walk: Walk, step: str, outcome: str = "", **fields: str) -> None:
    """Answer a step with an example of its folder and some other values."""
    task_id = walk.draft(step, outcome)
    with walk.writing() as session:
        draft = session.get_one(Draft, task_id)
        draft.pairs = [[key, fields.pop(key, value)] for key, value in draft.pairs]
        assert not fields, "no such fields"
        task = session.get_one(Task, task_id)
        user = walk.user(session, BY_LANE.get(task.role, task.role))
        task_page = TaskPage.of(session, task_id, user)
        form = task_page.form
        assert form.validate(), form.errors
        processes.complete(session, task_id, task_page.step, form, user.id)


def received(walk: Walk, day: str, hour: str = "10:00") -> None:
    """Record that the mesa de partes received the designation at a moment."""
    fields = {"received_at-date": day, "received_at-time": hour}
    answer(walk, "record_reception", "received", **fields)


def term(walk: Walk, step: str = "review_designation") -> tuple[str, date | None, date | None]:
    """Return what started the newest task's term, from which day, and its last day."""
    task = walk.task(step)
    return (
        task.counted_from,
        task.counted_on,
        calendar.last_day(task.due_at) if task.due_at else None,
    )


def on(clock: Clock, day: int, month: int = 3) -> None:
    """Set the clock to nine in the morning of a day of 2026 in Lima."""
    clock.set(datetime(2026, month, day, 9, tzinfo=calendar.LIMA))


@pytest.mark.nightly
def test_what_was_received_on_a_day_off_came_on_the_next_working_day(filed: Walk, clock: Clock):
    on(clock, 11)
    received(filed, "07/03/2026")
    assert term(filed) == ("reception", date(2026, 3, 9), date(2026, 3, 18))
    assert "del sábado 7 de marzo de 2026, que se tiene por hecha el lunes 9" in why(
        filed, "review_designation"
    )


@pytest.mark.nightly
@pytest.mark.parametrize(("hour", "day"), [("16:30", 3), ("16:31", 4)])
def test_a_review_counts_from_the_reception_or_the_day_after_one_beyond_the_cut_off(
    filed: Walk, clock: Clock, hour: str, day: int
):
    filed.app.config["CUT_OFF"] = time(16, 30)
    on(clock, 5)
    received(filed, "03/03/2026", hour)
    counted = date(2026, 3, day)
    assert term(filed) == ("reception", counted, WORKING.add(counted, 7))


def why(walk: Walk, step: str) -> str:
    """Return the sentence about the newest task of a step, with plain spaces."""
    with walk.reading() as session:
        task = session.get_one(Task, walk.task(step).id)
        return why_due(session, [task])[task.id].replace(formatting.NO_BREAK, " ")


@pytest.mark.nightly
def test_a_second_look_counts_from_its_return(filed: Walk, clock: Clock):
    on(clock, 3)
    received(filed, "02/03/2026")
    on(clock, 6)
    filed.answer("review_designation", "observed")
    on(clock, 9)
    filed.answer("correct_designation")
    assert term(filed) == ("arrival", date(2026, 3, 9), date(2026, 3, 18))


@pytest.mark.nightly
def test_a_review_that_a_coordinator_returns_to_counts_from_its_return(filed: Walk, clock: Clock):
    on(clock, 3)
    received(filed, "02/03/2026")
    filed.answer("review_designation", "not_presented")
    on(clock, 20)
    filed.act(processes.send_back, "review_designation", WHY)
    assert term(filed) == ("arrival", date(2026, 3, 20), date(2026, 3, 31))


@pytest.mark.nightly
def test_a_presentation_that_is_new_counts_from_its_own_reception(filed: Walk, clock: Clock):
    on(clock, 3)
    received(filed, "02/03/2026")
    filed.answer("review_designation", "not_presented")
    on(clock, 10)
    filed.designate()
    on(clock, 13)
    received(filed, "11/03/2026")
    assert term(filed) == ("reception", date(2026, 3, 11), date(2026, 3, 20))


def after_the_day(walk: Walk, clock: Clock, timer: str, **later: float) -> date:
    """Let the day of a timer come, and the worker notice it this much later."""
    at = walk.waiting()[timer]
    clock.set(at + timedelta(**later))
    walk.tick()
    return calendar.lima_day(at)


@pytest.mark.nightly
@pytest.mark.parametrize("topic", ["thematic", "technical"])
def test_the_record_of_a_session_counts_from_its_day_though_the_worker_was_down(
    walk: Walk, clock: Clock, topic: str
):
    walk.begin_at("induction")
    walk.answer(f"choose_{topic}_session", "none_suits")
    walk.answer(f"schedule_{topic}_induction")
    day = after_the_day(walk, clock, f"{topic}_session_arrives", **TWO_WEEKS)
    step = f"record_{topic}_induction"
    assert term(walk, step) == ("session", day, WORKING.add(day, 2))
    task = walk.task(step)
    assert task.opened_at == calendar.now()
    assert task.due_at is not None
    assert task.due_at < calendar.now(), "late at once, and told so"


@pytest.mark.nightly
def test_a_second_session_counts_from_its_own_day(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    for later in ({"hours": 2}, TWO_WEEKS):
        walk.answer("choose_thematic_session", "none_suits")
        walk.answer("schedule_thematic_induction")
        day = after_the_day(walk, clock, "thematic_session_arrives", **later)
        step = "record_thematic_induction"
        assert term(walk, step) == ("session", day, WORKING.add(day, 2))
        walk.answer(step, "absent")


@pytest.mark.nightly
def test_a_report_counts_from_the_last_training_and_then_from_its_return(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.answer("plan_training")
    day = after_the_day(walk, clock, "last_training_arrives", **TWO_WEEKS)
    assert term(walk, "report_training") == ("session", day, WORKING.add(day, 5))
    walk.answer("report_training")
    clock.forward(days=1)
    walk.answer("review_training", "observed")
    today = calendar.today()
    assert term(walk, "report_training") == ("arrival", today, WORKING.add(today, 5))
    assert "desde la llegada del paso" in why(walk, "report_training")


@pytest.mark.nightly
def test_a_confirmation_counts_from_going_live_and_then_from_its_return(walk: Walk, clock: Clock):
    walk.begin_at("production")
    walk.answer("load_production_personnel")
    day = after_the_day(walk, clock, "go_live_arrives", **TWO_WEEKS)
    assert term(walk, "confirm_production") == ("go_live", day, WORKING.add(day, 5))
    assert "desde la salida en vivo" in why(walk, "confirm_production")
    walk.act(processes.send_back, "stage_production", WHY, by="sgtd")
    walk.answer("load_production_personnel")
    day = after_the_day(walk, clock, "go_live_arrives", hours=1)
    assert term(walk, "confirm_production") == ("go_live", day, WORKING.add(day, 5))
    walk.answer("confirm_production", "returned")


# Suspensions ----------------------------------------------------------------------------------


def test_a_session_that_was_held_while_a_process_was_suspended_counts_from_when_it_went_on(
    walk: Walk, clock: Clock
):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    suspend(walk)
    after_the_day(walk, clock, "thematic_session_arrives", **TWO_WEEKS)
    assert "record_thematic_induction" not in walk.open_steps()
    resume(walk)
    today = calendar.today()
    step = "record_thematic_induction"
    assert term(walk, step) == ("resumed", today, WORKING.add(today, 2))
    assert "desde que el plazo volvió a correr" in why(walk, step)


def suspend(walk: Walk) -> None:
    """Suspend the process, as a coordinator."""
    walk.act(processes.suspend, WHY)


def resume(walk: Walk) -> None:
    """Resume it, as a coordinator."""
    walk.act(processes.resume, WHY)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stage", "step", "timer", "report"),
    [
        ("training", "plan_training", "last_training_arrives", "report_training"),
        ("production", "load_production_personnel", "go_live_arrives", "confirm_production"),
    ],
)
def test_a_set_day_stays_where_it_is_when_a_process_was_suspended(
    walk: Walk, clock: Clock, stage: str, step: str, timer: str, report: str
):
    walk.begin_at(stage)
    walk.answer(step)
    before = walk.waiting()
    suspend(walk)
    clock.forward(days=1)
    resume(walk)
    assert walk.waiting()[timer] == before[timer]
    assert walk.waiting()[f"{stage}_overdue"] > before[f"{stage}_overdue"]
    suspend(walk)
    clock.set(before[timer] + timedelta(days=3))
    resume(walk)
    today = calendar.today()
    assert term(walk, report) == ("resumed", today, WORKING.add(today, 5))


@pytest.mark.nightly
def test_a_reception_before_a_suspension_counts_from_when_the_process_went_on(
    filed: Walk, clock: Clock
):
    suspend(filed)
    on(clock, 23)
    resume(filed)
    received(filed, "03/03/2026")
    assert term(filed) == ("resumed", date(2026, 3, 23), date(2026, 4, 1))


@pytest.mark.nightly
def test_added_days_are_explained_by_their_reason(filed: Walk, clock: Clock):
    filed.act(processes.extend, 5, WHY, on=filed.task("record_reception").id)
    suspend(filed)
    on(clock, 4)
    resume(filed)
    assert why(filed, "record_reception") == (
        "3 días hábiles desde la llegada del paso, el 2 de marzo de 2026, que no cuenta, más 5 por "
        "ampliación y 2 por suspensión: vence el 16 de marzo. " + WORK + "."
    )
    received(filed, "03/03/2026")
    assert "más" not in why(filed, "review_designation"), "it opened afterwards"
    suspend(filed)
    on(clock, 5)
    resume(filed)
    assert "más 5 por ampliación y 2 por suspensión" in why(filed, "record_reception")


@pytest.mark.nightly
def test_a_suspension_before_a_step_opened_is_not_counted_for_it(filed: Walk, clock: Clock):
    suspend(filed)
    on(clock, 4)
    resume(filed)
    on(clock, 5)
    received(filed, "05/03/2026", "08:00")
    with filed.writing() as session:
        task = filed.find(session, "review_designation")
        task.added_days = 1
        task.due_at = calendar.due_at(task, WORKING)
    assert "más 1 por un cambio del calendario: vence" in why(filed, "review_designation")


def test_a_term_resumed_after_a_redesignation_explains_only_later_days(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.act(processes.extend, 2, WHY, on=walk.task("plan_training").id)
    again = walk.begin("redesignation")
    assert "quedan 12 días hábiles" in why(walk, "plan_training")
    walk.act(processes.cancel, WHY, on=again)
    suspend(walk)
    assert why(walk, "plan_training").startswith("El proceso está suspendido")
    on(clock, 3)
    resume(walk)
    assert why(walk, "plan_training").startswith(
        "12 días hábiles desde que el plazo volvió a correr, el 2 de marzo de 2026, que no cuenta, "
        "más 1 por suspensión: "
    )
