"""Acts of coordinators on a process: suspend, resume, cancel, extend, send back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import InductionSession, Seat, Task
from app.cases import processes
from tests.app.confirming import confirmed
from tests.app.onboarding.seats import published
from tests.app.posted import refuses
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

WHY = "Lo pidió la entidad por oficio"
#: Monday 2 March 2026, the day of the clock.
MONDAY = date(2026, 3, 2)


def address(walk: Walk, what: str) -> str:
    """Return the address of an act on the walk's process."""
    return f"/entidades/E90001/procesos/{walk.id}/{what}"


def do(walk: Walk, what: str, **fields: str) -> CheckingClient:
    """Perform it on the page, as a coordinator; return the browser."""
    client = walk.browser("sip")
    answer = confirmed(client, address(walk, what), {"reason": WHY} | fields)
    assert answer.status_code == 303, answer.text
    return client


@pytest.fixture
def observed(walk: Walk) -> Walk:
    """Return a case with a legal term of two working days, until Wednesday."""
    walk.begin_filed()
    walk.answer("record_reception", "observed")
    walk.acknowledge("correct_designation")
    assert walk.last_day("correct_designation") == date(2026, 3, 4)
    return walk


# Suspend, resume ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_nothing_fires_or_is_answered_while_a_process_is_suspended(observed: Walk, clock: Clock):
    do(observed, "suspender")
    assert observed.row().wake_at is None
    clock.forward(days=60)
    assert observed.tick() == 0
    assert observed.open_steps() == ["correct_designation"]
    task = observed.task("correct_designation")
    client = observed.browser("preparer")
    for page in (f"/tareas/{task.id}/respuestas", f"/tareas/{task.id}/revisar"):
        shown = client.get(page)
        assert shown.status_code == 409
        assert "suspendido" in shown.text
        assert client.post(page, data={"action": "save"}).status_code == 409
    assert observed.draft_of(task.id) is None
    assert "Suspendido" in client.get("/pendientes").text


@pytest.mark.nightly
def test_dates_and_timers_move_by_the_suspended_working_days(observed: Walk, clock: Clock):
    before = observed.waiting()
    do(observed, "suspender")
    clock.forward(days=9)  # to Wednesday of the next week: seven working days
    do(observed, "reanudar")
    assert observed.last_day("correct_designation") == date(2026, 3, 13)
    after = observed.waiting()
    assert after["correct_designation_lapses"] == observed.task("correct_designation").due_at
    moved = calendar.Calendar().between(
        calendar.last_day(before["designation_overdue"]),
        calendar.last_day(after["designation_overdue"]),
    )
    assert moved == 7
    assert observed.row().wake_at == min(after.values())
    (entry,) = observed.entries("process.resumed")
    assert entry.data["working_days"] == 7
    clock.set(after["correct_designation_lapses"])
    observed.tick()
    assert observed.open_steps() == ["designate_administrator"]


@pytest.mark.nightly
def test_a_suspension_of_an_hour_moves_nothing(observed: Walk, clock: Clock):
    before = observed.waiting()
    do(observed, "suspender")
    clock.forward(hours=1)
    do(observed, "reanudar")
    assert observed.waiting() == before
    assert observed.last_day("correct_designation") == date(2026, 3, 4)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("suspended", "resumed", "last"),
    [
        ((6, 10), (6, 16), 6),  # the last day of the term, a Friday, for some hours
        ((6, 10), (7, 10), 9),  # Friday to Saturday: the day that it had is on Monday
        ((5, 10), (7, 10), 10),  # Thursday to Saturday: the two days are Monday, Tuesday
        ((5, 10), (10, 10), 11),  # Thursday to Tuesday: Tuesday, Wednesday
        ((4, 21), (5, 7), 9),  # the evening counts as its day
    ],
)
def test_what_had_so_many_days_has_them_again_also_over_a_weekend(
    walk: Walk,
    clock: Clock,
    suspended: tuple[int, int],
    resumed: tuple[int, int],
    last: int,
):
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=calendar.LIMA)

    clock.set(at(4, 10))  # Wednesday: until Friday
    walk.begin_filed()
    walk.answer("record_reception", "observed")
    walk.acknowledge("correct_designation")
    clock.set(at(*suspended))
    do(walk, "suspender")
    clock.set(at(*resumed))
    do(walk, "reanudar")
    assert walk.open_steps() == ["correct_designation"]
    assert walk.last_day("correct_designation") == date(2026, 3, last)


@pytest.mark.nightly
def test_what_was_late_is_as_late_afterwards(begun: Walk, clock: Clock):
    due = begun.last_day("designate_administrator")
    clock.set(calendar.end_of(due) + timedelta(days=1, hours=15))
    late = calendar.Calendar().between(due, calendar.today())
    do(begun, "suspender")
    clock.forward(days=14)
    do(begun, "reanudar")
    moved = begun.last_day("designate_administrator")
    assert calendar.Calendar().between(moved, calendar.today()) == late


@pytest.mark.nightly
def test_a_suspended_process_takes_no_other_act_but_resuming_and_cancelling(observed: Walk):
    client = observed.browser("sip")
    answer = client.post(address(observed, "reanudar"), data={"reason": WHY})
    assert (answer.status_code, "no está suspendido" in answer.text) == (422, True)
    do(observed, "suspender")
    before = observed.log()
    task_id = observed.task("correct_designation").id
    for page, more in (
        (address(observed, "suspender"), {}),
        (address(observed, "devolver"), {"element": "stage_designation"}),
        (f"/entidades/E90001/tareas/{task_id}/ampliar", {"working_days": "3"}),
    ):
        answer = client.post(page, data={"reason": WHY} | more)
        assert answer.status_code == 422
        assert "suspendido" in answer.text
    assert client.post(address(observed, "reintentar")).status_code == 303
    assert observed.log() == before
    do(observed, "anular")
    assert observed.row().status == "cancelled"


def test_every_act_says_why(begun: Walk, subtests: pytest.Subtests):
    before, client = begun.log(), begun.browser("sip")
    for what in ("suspender", "reanudar", "anular", "devolver"):
        short = [({"reason": "corto"}, "El motivo tiene entre 10 y 1000 caracteres.")]
        refuses(subtests, client, address(begun, what), {"element": "stage_designation"}, short)
    assert begun.log() == before


# Cancel ---------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_cancelled_process_is_over_and_its_steps_are_void(observed: Walk, clock: Clock):
    task_id = observed.draft("correct_designation")
    client = do(observed, "anular")
    row = observed.row()
    assert (row.status, row.end_name, row.wake_at) == ("cancelled", "Anulado", None)
    assert observed.task("correct_designation").state == "cancelled"
    answer = observed.browser("preparer").post(
        f"/tareas/{task_id}/revisar", data={"action": "submit"}
    )
    assert answer.status_code == 409
    assert "ya no está abierta" in answer.text
    assert "Anulado" in client.get("/entidades/E90001").text
    for what in ("anular", "suspender", "devolver"):
        assert client.post(address(observed, what), data={"reason": WHY}).status_code == 422
    clock.forward(days=100)
    assert observed.tick() == 0


@pytest.mark.nightly
def test_a_cancelled_process_leaves_its_seats_to_others(walk: Walk):
    key = published(walk, 1, days=7)
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "chosen")
    do(walk, "anular")
    assert walk.get(InductionSession, key).taken == 0
    assert walk.all(select(Seat)) == []


# Send back ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_case_goes_back_to_a_step_which_comes_prefilled_with_the_reason(observed: Walk):
    observed.answer("correct_designation")
    first = observed.task("designate_administrator")
    do(observed, "devolver", element="designate_administrator")
    again = observed.task("designate_administrator")
    assert again.id > first.id
    assert again.reason == f"Un coordinador de la PCM devolvió el proceso a este paso:\n{WHY}"
    assert observed.open_steps() == ["designate_administrator"]
    page = observed.browser("preparer").get(f"/tareas/{again.id}", follow_redirects=True).text
    assert WHY in page
    observed.assert_consistent()
    observed.answer("designate_administrator")
    assert observed.open_steps() == ["list_personnel"]


@pytest.mark.nightly
def test_a_case_goes_back_to_an_earlier_stage_which_begins_again(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    with walk.writing() as session:
        walk.instance(session).validated = {}
    do(walk, "devolver", element="stage_designation")
    assert walk.row().stage == "designation"
    assert walk.open_steps() == ["designate_administrator"]
    assert "designation_overdue" in walk.waiting()
    assert "induction_overdue" not in walk.waiting()
    walk.assert_consistent()


def test_a_case_goes_nowhere_that_it_has_not_been(begun: Walk):
    client = begun.browser("sip")
    before = begun.log()
    for element in ("review_designation", "stage_training", "", "x", "onboarding_starts"):
        answer = client.post(address(begun, "devolver"), data={"reason": WHY, "element": element})
        assert answer.status_code == 422, element
        assert "Not a valid" not in answer.text
    with begun.writing() as session, pytest.raises(processes.Refused):
        processes.send_back(session, begun.id, "review_designation", WHY, begun.people["sip"])
    assert begun.log() == before


@pytest.mark.nightly
def test_a_review_that_is_returned_to_finds_the_filing_open_again(observed: Walk):
    observed.answer("correct_designation")
    observed.answer("record_reception", "received")
    observed.answer("review_designation", "not_presented")
    do(observed, "devolver", element="review_designation")
    assert observed.open_steps() == ["review_designation"]
    observed.answer("review_designation", "observed")
    assert observed.open_steps() == ["correct_designation"]


@pytest.mark.nightly
def test_the_ways_back_are_the_steps_answered_in_this_stage_and_the_stages_so_far(observed: Walk):
    with observed.reading() as session:
        ways = processes.ways_back(session, observed.instance(session))
    assert ways[0] == ("stage_designation", "Etapa: Designación del administrador")
    assert [key for key, _ in ways[1:]] == [
        "designate_administrator",
        "list_personnel",
        "file_designation",
        "record_reception",
    ]


@pytest.mark.nightly
def test_every_act_is_in_the_history_with_its_reason(observed: Walk):
    do(observed, "suspender")
    do(observed, "reanudar")
    do(observed, "devolver", element="file_designation")
    rows = observed.all(select(Task.step).where(Task.state == "open"))
    assert rows == ["file_designation"], "no task is open twice"
    do(observed, "anular")
    page = observed.browser("sip").get("/entidades/E90001/historial").text
    assert page.count(WHY) >= 4
    for kind in set(observed.log()):
        assert kind not in page, f"{kind} is told in its own word"
