"""The attendance of a session: marked on one sheet, frozen, confirmed, a transaction per entity."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete

from app.base.models import Grant, InductionSession, ProcessInstance
from app.onboarding.batches import doing
from app.onboarding.batches.kinds.attendance import recording
from tests.app.onboarding.attended import Held, agree, die_at_the_second_row, hold, work
from tests.app.onboarding.batches.batched import confirm, rows_of
from tests.app.onboarding.seats import publish
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session that has begun, in which three entities have a seat."""
    return hold(walk, clock, 3)


@pytest.mark.nightly
def test_a_sheet_answers_the_step_of_each_entity(walk: Walk, held: Held):
    client = walk.browser("sip")
    page = client.get(held.url).text
    assert page.count("Asistió<span") == 6
    assert "checked" not in page
    place = held.freeze(client, E90001="attended", E90002="attended", E90003="absent")
    assert [held.step(code).state for code in held.instances] == ["open"] * 3
    page = client.get(place).text
    words = "2\xa0asistieron, 1\xa0no asistió: vuelve a elegir fecha"
    assert f"Vas a registrar la asistencia de 3\xa0entidades. {words}." in page
    assert f"<dt>Asistencia</dt><dd>{words}</dd>" in page
    tasks = [held.step(code).id for code in ("E90003", "E90001", "E90002")]
    assert [row.data["task"] for row in rows_of(walk, place)] == tasks
    page = confirm(client, place, 3)
    assert f"<dt>Asistencia</dt><dd>{words}</dd>" in page
    assert "No asistió: elige otra fecha." in page
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    outcomes = {code: held.step(code).outcome for code in held.instances}
    assert outcomes == {"E90001": "attended", "E90002": "attended", "E90003": "absent"}
    assert "choose_thematic_session" in walk.open_steps(held.instances["E90003"])
    again = walk.task("choose_thematic_session", held.instances["E90003"])
    assert "Nadie asistió a la inducción temática" in again.reason
    for instance in held.instances.values():
        walk.assert_consistent(instance)


@pytest.mark.nightly
def test_the_history_says_that_an_answer_was_part_of_a_batch(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended")
    number = int(re.findall(r"\d+", place)[-1])
    confirm(client, place, 1)
    entries = [
        one for one in walk.entries("task.completed") if one.task_id == held.step("E90001").id
    ]
    assert [one.data["in_batch"] for one in entries] == [number]
    assert ", en lote" in client.get("/entidades/E90001/historial").text


@pytest.mark.nightly
def test_an_entity_of_which_nothing_is_said_stays_open(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended", E90002="", E90003="")
    assert [row.plan for row in rows_of(walk, place)] == ["refused", "refused", "do"]
    assert "Di si el administrador asistió." in client.get(place).text
    confirm(client, place, 1)
    assert [held.step(code).state for code in held.instances] == ["completed", "open", "open"]


@pytest.mark.nightly
def test_a_person_who_is_no_coordinator_of_the_topic_registers_nothing(walk: Walk, held: Held):
    other = walk.browser("sgtd")
    page = other.get(held.url).text
    assert "Lo registra otra secretaría" in page
    assert "radio" not in page
    assert other.post(held.url, data=held.marks(E90001="attended")).status_code == 422
    assert walk.browser("administrator").get(held.url).status_code == 404


def test_no_attendance_is_recorded_before_a_session_begins(walk: Walk):
    with walk.writing() as session:
        key = publish(session, "thematic")
        cancelled = publish(session, "thematic")
        session.get_one(InductionSession, cancelled).cancelled = True
    client, url = walk.browser("sip"), f"/sesiones/{key}/asistencia"
    assert "La sesión todavía no empieza" in client.get(url).text
    for post in (url, f"{url}/lista"):
        answer = client.post(post, data={})
        assert answer.status_code == 422
        assert "La sesión todavía no empieza: registra" in answer.text
    for gone in (cancelled, 999):
        assert client.get(f"/sesiones/{gone}/asistencia").status_code == 404


@pytest.mark.nightly
def test_a_session_cannot_have_begun_before_its_day_or_tomorrow(walk: Walk, held: Held):
    client, marks = walk.browser("sip"), held.marks(E90001="attended")
    for day in ("01/01/2020", "01/01/2030"):
        place = client.post(held.url, data=marks | {"held-date": day}).location
        assert {row.plan for row in rows_of(walk, place)} == {"refused"}
    answer = client.post(held.url, data=marks | {"held-date": ""})
    assert answer.status_code == 422
    assert 'value="attended" checked' in answer.text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_coordinators_confirm_at_once_and_each_entity_is_answered_once(walk: Walk, held: Held):
    client = walk.browser("sip")
    first, second = (
        held.freeze(client, E90001="attended", E90002="absent", E90003="attended") for _ in "12"
    )
    third = held.freeze(client, E90001="absent", E90002="absent", E90003="attended")
    browsers = [walk.browser("sip") for _ in "12"]
    together(
        *(lambda b=b, p=p: confirm(b, p, 3) for b, p in zip(browsers, (first, second), strict=True))
    )
    results = [[row.result for row in rows_of(walk, place)] for place in (first, second)]
    assert all(sorted(pair) == ["done", "same"] for pair in zip(*results, strict=True)), results
    confirm(client, third, 3)
    assert [row.result for row in rows_of(walk, third)] == ["refused", "same", "same"]
    assert "Ya se registró que asistió." in client.get(third).text
    for instance in held.instances.values():
        assert walk.log(instance).count("task.completed") == 2  # the choice, and the attendance
        walk.assert_consistent(instance)


@pytest.mark.nightly
def test_of_a_set_that_changed_since_the_rest_is_done(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended", E90002="attended", E90003="attended")
    walk.answer("record_thematic_induction", "absent", instance=held.instances["E90001"])
    walk.change(ProcessInstance, held.instances["E90002"], status="suspended")
    page = confirm(client, place, 3)
    assert [row.result for row in rows_of(walk, place)] == ["refused", "refused", "done"]
    for words in ("Ya se registró que no asistió.", "El proceso está suspendido"):
        assert words in page


@pytest.mark.nightly
def test_a_coordinator_of_the_other_topic_confirms_nothing(walk: Walk, held: Held):
    place = held.freeze(walk.browser("sip"), E90001="attended", E90002="absent", E90003="absent")
    page = confirm(walk.browser("sgtd"), place, 3)
    assert {row.message for row in rows_of(walk, place)} == {recording.NOT_YOURS}
    assert recording.NOT_YOURS in page
    assert [held.step(code).state for code in held.instances] == ["open"] * 3


@pytest.mark.nightly
def test_who_loses_the_role_in_the_middle_does_no_more(walk: Walk, held: Held):
    place = held.freeze(walk.browser("sip"), E90001="attended", E90002="absent", E90003="absent")
    number = agree(walk, place, 3)
    stops = iter([False, True])
    with walk.app.app_context():
        assert doing.work(walk.engine, number, stop=lambda: next(stops)) == 1
    with walk.writing() as session:
        session.execute(delete(Grant).where(Grant.user_id == walk.people["sip"]))
    work(walk)
    assert [row.result for row in rows_of(walk, place)] == ["done", "refused", "refused"]
    assert {row.message for row in rows_of(walk, place)[1:]} == {doing.MAY_NO_MORE}
    assert [held.step(code).state for code in held.instances] == ["open", "completed", "open"]


@pytest.mark.nightly
def test_a_killed_worker_leaves_each_entity_done_or_untouched(walk: Walk, held: Held):
    place = held.freeze(walk.browser("sip"), E90001="attended", E90002="attended", E90003="absent")
    agree(walk, place, 3)
    die_at_the_second_row(walk)
    assert [row.result for row in rows_of(walk, place)] == ["done", "", ""]
    assert [held.step(code).state for code in held.instances] == ["open", "open", "completed"]
    work(walk)
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    assert [held.step(code).outcome for code in held.instances] == [
        "attended",
        "attended",
        "absent",
    ]
    for instance in held.instances.values():
        assert walk.log(instance).count("task.completed") == 2  # the choice, and the attendance
        walk.assert_consistent(instance)
