"""The attendance of a session: marked on one sheet, frozen, confirmed, a transaction per entity."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.base.models import InductionSession
from app.cases import processes
from app.onboarding import batches
from tests.app.onboarding.attended import Held, hold
from tests.app.onboarding.batches.batched import at_once, confirm, rows_of
from tests.app.onboarding.seats import publish
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

__all__ = ["at_once"]  # a fixture


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session that has begun, in which three entities have a seat."""
    return hold(walk, clock, 3)


def test_a_sheet_answers_the_step_of_each_entity(walk: Walk, held: Held):
    client = walk.browser("sip")
    page = client.get(held.url).text
    assert page.count("Asistió<span") == 6
    assert "checked" not in page
    place = held.freeze(client, E90001="attended", E90002="attended", E90003="absent")
    assert [held.step(code).state for code in held.instances] == ["open"] * 3
    page = client.get(place).text
    assert "Vas a registrar la asistencia de 3\xa0entidades." in page
    page = confirm(client, place, 3)
    assert "No asistió: elige otra fecha." in page
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    outcomes = {code: held.step(code).outcome for code in held.instances}
    assert outcomes == {"E90001": "attended", "E90002": "attended", "E90003": "absent"}
    assert "choose_thematic_session" in walk.open_steps(held.instances["E90003"])
    again = walk.task("choose_thematic_session", held.instances["E90003"])
    assert "Nadie asistió a la inducción temática" in again.reason
    for instance in held.instances.values():
        walk.assert_consistent(instance)


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


def test_an_entity_of_which_nothing_is_said_stays_open(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended", E90002="", E90003="")
    assert [row.plan for row in rows_of(walk, place)] == ["do", "refused", "refused"]
    assert "Di si el administrador asistió." in client.get(place).text
    confirm(client, place, 1)
    assert [held.step(code).state for code in held.instances] == ["completed", "open", "open"]


def test_a_person_who_is_no_coordinator_of_the_topic_registers_nothing(walk: Walk, held: Held):
    other = walk.browser("sgtd")
    page = other.get(held.url).text
    assert "Lo registra otra secretaría" in page
    assert "radio" not in page
    assert other.post(held.url, data=held.marks(E90001="attended")).status_code == 422
    assert walk.browser("administrator").get(held.url).status_code == 404


def test_no_attendance_is_recorded_before_a_session_begins(walk: Walk, clock: Clock):
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
    assert client.get(f"{url}/plantilla.csv").status_code == 404
    for gone in (cancelled, 999):
        assert client.get(f"/sesiones/{gone}/asistencia").status_code == 404


def test_a_session_cannot_have_begun_before_its_day_or_tomorrow(walk: Walk, held: Held):
    client, marks = walk.browser("sip"), held.marks(E90001="attended")
    for day in ("01/01/2020", "01/01/2030"):
        place = client.post(held.url, data=marks | {"held-date": day}).location
        assert {row.plan for row in rows_of(walk, place)} == {"refused"}
    answer = client.post(held.url, data=marks | {"held-date": ""})
    assert answer.status_code == 422
    assert 'value="attended" checked' in answer.text


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


def test_an_entity_answered_singly_meanwhile_is_not_answered_again(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended", E90002="attended")
    walk.answer("record_thematic_induction", "absent", instance=held.instances["E90001"])
    page = confirm(client, place, 2)
    assert [row.result for row in rows_of(walk, place)] == ["refused", "done", "refused"]
    assert "Ya se registró que no asistió." in page


def test_a_killed_process_leaves_each_entity_done_or_untouched(
    walk: Walk, held: Held, monkeypatch: pytest.MonkeyPatch
):
    client = walk.browser("sip")
    place = held.freeze(client, E90001="attended", E90002="attended", E90003="absent")
    whole = processes.complete

    def dies(session: Any, task_id: int, *args: Any, **kwargs: Any) -> Any:
        act = whole(session, task_id, *args, **kwargs)
        if task_id == held.step("E90002").id:
            raise SystemExit
        return act

    with monkeypatch.context() as patched:
        patched.setattr(processes, "complete", dies)
        with pytest.raises(SystemExit):
            client.post(f"{place}/confirmar", data={"cuantas": 3})
    assert [held.step(code).state for code in held.instances] == ["completed", "open", "open"]
    with walk.app.app_context():
        batches.run(walk.app.extensions["engine"])
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    assert [held.step(code).outcome for code in ("E90001", "E90002")] == ["attended"] * 2
