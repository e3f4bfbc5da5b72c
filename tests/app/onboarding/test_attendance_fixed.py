"""*Corregir la lista*: what goes back, what does not and why, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.base import calendar
from app.base.models import ProcessInstance, Task
from app.cases import processes
from app.cases.processes.returns import attendance
from tests.app.onboarding.attended import Held, agree, die_at_the_second_row, hold, work
from tests.app.onboarding.batches.batched import confirm, rows_of
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

REASON = {"reason": "Se leyó la lista de otra sesión"}


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session of three entities whose attendance was recorded with one list."""
    held = hold(walk, clock, 3)
    client = walk.browser("sip")
    confirm(client, held.freeze(client, E90001="attended", E90002="absent", E90003="absent"), 3)
    return held


def freeze(held: Held, client: CheckingClient, codes: Sequence[str] = ()) -> str:
    """Freeze the correction of some entities, or of all, and return the URL of its batch."""
    tasks = [str(held.step(code).id) for code in codes or held.instances]
    answer = client.post(f"{held.url}/corregir", data=REASON | {"task": tasks})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_list_is_corrected_where_nothing_rests_on_it(walk: Walk, held: Held):
    client = walk.browser("sip")
    by = "administrator E90003"
    walk.draft("choose_thematic_session", "none_suits", instance=held.instances["E90003"], by=by)
    page = client.get(f"{held.url}/corregir").text
    assert page.count('type="checkbox"') == 2
    assert "Ya se empezó a responder «Elegir la sesión de inducción temática»." in page
    assert "/asistencia/corregir" in client.get(held.url).text
    place = freeze(held, client)
    assert [row.plan for row in rows_of(walk, place)] == ["do", "do", "refused"]
    page = confirm(client, place, 2)
    assert "Su asistencia se puede registrar otra vez." in page
    assert "Ya se empezó a responder" in page
    assert [held.step(code).state for code in held.instances] == ["open", "open", "completed"]
    assert "choose_thematic_session" not in walk.open_steps(held.instances["E90002"])
    assert ", en lote" in client.get("/entidades/E90001/historial").text
    again = held.freeze(client, E90001="absent", E90002="attended")
    confirm(client, again, 2)
    assert [held.step(code).outcome for code in held.instances] == ["absent", "attended", "absent"]
    for instance in held.instances.values():
        walk.assert_consistent(instance)


def test_an_answer_since_the_dry_run_stays(walk: Walk, held: Held):
    client = walk.browser("sip")
    place = freeze(held, client)
    by = "administrator E90002"
    walk.answer("choose_thematic_session", "none_suits", instance=held.instances["E90002"], by=by)
    page = confirm(client, place, 3)
    assert [row.result for row in rows_of(walk, place)] == ["done", "refused", "done"]
    assert "Ya se respondió «Elegir la sesión de inducción temática»." in page


@pytest.mark.postgresql
def test_two_corrections_at_once_return_each_entity_once(walk: Walk, held: Held):
    client = walk.browser("sip")
    places = [freeze(held, client) for _ in "12"]
    browsers = [walk.browser("sip") for _ in "12"]
    together(*(lambda b=b, p=p: confirm(b, p, 3) for b, p in zip(browsers, places, strict=True)))
    results = [[row.result for row in rows_of(walk, place)] for place in places]
    assert all(sorted(pair) == ["done", "same"] for pair in zip(*results, strict=True)), results


def test_a_list_is_corrected_until_the_end_of_the_next_working_day(
    walk: Walk, held: Held, clock: Clock
):
    client = walk.browser("sip")
    place = freeze(held, client)
    with walk.reading() as session:
        ends = calendar.calendar_of(session, None).deadline(calendar.now(), 1)
    clock.set(ends - timedelta(seconds=1))
    client = walk.browser("sip")
    assert client.get(f"{held.url}/corregir").text.count('type="checkbox"') == 3
    clock.set(ends)
    assert "No hay ninguna lista por corregir" in client.get(f"{held.url}/corregir").text
    assert "/asistencia/corregir" not in client.get(held.url).text
    page = confirm(client, place, 3)
    assert "El plazo para corregir la lista ya pasó" in page
    assert [row.result for row in rows_of(walk, place)] == ["refused"] * 3


def test_a_correction_needs_a_reason_and_an_entity(walk: Walk, held: Held):
    client, url = walk.browser("sip"), f"{held.url}/corregir"
    answer = client.post(url, data={"reason": "", "task": str(held.step("E90001").id)})
    assert answer.status_code == 422
    assert answer.text.count(" checked") == 1
    answer = client.post(url, data=REASON | {"task": "999"})
    assert answer.status_code == 422
    assert "Marca al menos una entidad." in answer.text
    assert "checkbox" not in walk.browser("sgtd").get(url).text
    assert walk.browser("administrator").get(url).status_code == 404
    assert client.get("/sesiones/999/asistencia/corregir").status_code == 404


def test_a_killed_worker_returns_each_entity_or_leaves_it(walk: Walk, held: Held):
    place = freeze(held, walk.browser("sip"))
    agree(walk, place, 3)
    die_at_the_second_row(walk)
    assert [row.result for row in rows_of(walk, place)] == ["done", "", ""]
    assert [held.step(code).state for code in held.instances] == ["open", "completed", "completed"]
    work(walk)
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    for instance in held.instances.values():
        assert walk.log(instance).count("process.returned") == 1
        walk.assert_consistent(instance)


def test_an_attendance_recorded_again_is_not_of_the_first_list(walk: Walk, held: Held):
    client = walk.browser("sip")
    first = held.step("E90001").id
    confirm(client, freeze(held, client, ["E90001"]), 1)
    confirm(client, held.freeze(client, E90001="absent"), 1)
    with walk.reading() as session:
        task = session.get_one(Task, first)
        assert attendance.why_not(session, [task])[first] == attendance.RECORDED_AGAIN
    page = client.get(f"{held.url}/corregir").text
    assert attendance.RECORDED_AGAIN in page


def why_not(walk: Walk, held: Held, code: str) -> str:
    with walk.reading() as session:
        task = session.get_one(Task, held.step(code).id)
        return attendance.why_not(session, [task])[task.id]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"status": "suspended"}, attendance.SUSPENDED),
        ({"stage": "training"}, attendance.STAGE_ENDED),
        ({"ended_at": calendar.now()}, attendance.ENDED),
    ],
)
def test_a_process_that_went_on_is_named(walk: Walk, held: Held, values: dict[str, Any], why: str):
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, held.instances["E90001"])
        for name, value in values.items():
            setattr(row, name, value)
    assert why_not(walk, held, "E90001") == why
    task_id, by = held.step("E90001").id, walk.people["sip"]
    with walk.writing() as session, pytest.raises(processes.Refused):
        attendance.take_back(session, task_id, "Para una prueba", by)


def test_opened_accounts_keep_a_technical_induction(walk: Walk, clock: Clock):
    held = hold(walk, clock, 2, "technical")
    client = walk.browser("sgtd")
    confirm(client, held.freeze(client, E90001="attended", E90002="absent"), 2)
    assert why_not(walk, held, "E90001") == ""
    walk.person("40000099", "operator", "E90001")
    place = freeze(held, client, ["E90001", "E90002"])
    assert [row.plan for row in rows_of(walk, place)] == ["refused", "do"]
    page = confirm(client, place, 1)
    assert "Ya se abrieron las cuentas de sus operadores." in page
    assert [held.step(code).state for code in held.instances] == ["completed", "open"]


def test_a_started_load_of_the_demo_personnel_rests_on_the_attendance(walk: Walk, clock: Clock):
    held = hold(walk, clock, 2, "technical")
    client = walk.browser("sgtd")
    confirm(client, held.freeze(client, E90001="attended", E90002="attended"), 2)
    by = "administrator E90002"
    walk.draft("load_demo_personnel", instance=held.instances["E90002"], by=by)
    fault = why_not(walk, held, "E90002")
    assert fault.startswith("Ya se empezó a responder «Cargar el personal")
    place = freeze(held, client, ["E90001", "E90002"])
    assert [row.plan for row in rows_of(walk, place)] == ["do", "refused"]
    page = client.get(f"{held.url}/corregir").text
    assert fault.split("«")[0] in page
    walk.answer("load_demo_personnel", instance=held.instances["E90002"], by=by)
    assert why_not(walk, held, "E90002").startswith("Ya se respondió «Cargar el personal")


def test_an_error_leads_to_the_first_box_that_can_be_marked(walk: Walk, held: Held):
    client, url = walk.browser("sip"), f"{held.url}/corregir"
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, held.instances["E90001"])
        row.status = "suspended"
    page = client.post(url, data=REASON).text
    assert f'href="#task-{held.step("E90002").id}"' in page
    with walk.writing() as session:
        for key in held.instances.values():
            session.get_one(ProcessInstance, key).status = "suspended"
    page = client.get(url).text
    assert "Ninguna puede volver a la lista" in page
    assert "Revisar la corrección" not in page
    assert client.post(url, data=REASON).status_code == 422
