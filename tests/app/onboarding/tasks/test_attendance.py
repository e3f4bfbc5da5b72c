"""Attendance by name on the pages of steps, and the sheet that is printed beforehand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forms.shapes.attendance_by_name import FEW
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly


@pytest.fixture
def trained(walk: Walk, clock: Clock) -> Walk:
    """Return a case whose training is to be reported."""
    walk.begin_at("training")
    walk.answer("plan_training")
    clock.forward(days=40)
    walk.tick()
    return walk


def roster_of(walk: Walk) -> list[dict[str, Any]]:
    return list(walk.record("roster"))


def documents(sheet: dict[str, Any]) -> list[str]:
    return [row[2] for group in sheet["groups"] for row in group["people"]]


def test_the_people_of_the_roster_are_marked_on_the_page(trained: Walk):
    url = f"/tareas/{trained.task('report_training').id}"
    browser = trained.browser("administrator")
    page = browser.get(f"{url}/asistencia").text
    people = roster_of(trained)
    for person in people:
        assert f"{person['surnames']}, {person['given_names']}" in page
    names = re.findall(r'name="(roll-[^"]+)" id="[^"]+" value="present" checked', page)
    assert len(names) == len({one["document_number"] for one in people})
    marks = dict.fromkeys(names, "present") | {names[0]: "leave", "action": "save"}
    assert browser.post(f"{url}/asistencia", data=marks).status_code == 303
    page = browser.get(f"{url}/revisar").text
    assert "escribe el motivo de la licencia" in page
    marks |= {f"{names[0]}-why": "Maternidad"}
    assert browser.post(f"{url}/asistencia", data=marks).status_code == 303
    assert "con licencia (Maternidad)" in browser.get(f"{url}/revisar").text


def test_an_absentee_of_a_large_roster_is_marked_by_name_without_a_script(trained: Walk):
    trained.enlarge_roster(FEW)
    url = f"/tareas/{trained.task('report_training').id}/asistencia"
    browser = trained.browser("administrator")
    page = browser.get(url).text
    assert "Todas las personas asistieron, salvo" in page
    search = {"roll-part": "y", "roll-search": "huaman zoila"}
    answer = browser.post(url, data=search | {"action": "enter"})
    assert answer.location == f"{url}#roll-found"
    (name,) = set(re.findall(r'name="(roll-DNI-\d+)"', browser.get(url).text))
    browser.post(url, data=search | {name: "absent", "action": "find:roll"})
    page = browser.get(url).text
    assert "Marcadas (1)" in page
    assert "Ya está entre las marcadas: no asistió." in page
    assert (
        "Huamán Ejemplo, Zoila: no asistió"
        in browser.get(url.replace("asistencia", "revisar")).text
    )


def test_other_people_of_a_large_roster_are_ticked_by_name(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    walk.enlarge_roster(FEW)
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    clock.forward(days=40)
    walk.tick()
    url = f"/tareas/{walk.task('record_thematic_induction').id}/respuesta"
    browser = walk.browser("sip")
    assert "Busca por nombre a otra persona que asistió" in browser.get(url).text
    search = {"others-part": "y", "others-search": "zoila", "action": "find:others"}
    assert browser.post(url, data=search).location == f"{url}#others-found"
    value = "Huamán Ejemplo, Zoila, DNI *****100"
    assert f'value="{value}"' in browser.get(url).text
    browser.post(url, data=search | {"others": value, "others-search": "nadie"})
    page = browser.get(url).text
    assert re.search(rf'value="{re.escape(value)}" checked', page)
    assert "No hay nadie con ese nombre: «nadie»" in page


def test_the_sheet_of_a_training_can_be_printed_also_once_it_is_planned(
    walk: Walk, printed: list[dict[str, Any]]
):
    walk.begin_at("training")
    task_id = walk.task("plan_training").id
    url = f"/tareas/{task_id}/lista-de-asistencia"
    browser = walk.browser("administrator")
    assert url in browser.get(f"/tareas/{task_id}/tecnico").text
    answer = browser.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert not re.search(r"\d{8}", answer.headers["Content-Disposition"])
    assert set(documents(printed[0])) == {
        f"{one['document_type']} {one['document_number']}" for one in roster_of(walk)
    }
    walk.answer("plan_training")
    assert url in browser.get(f"/tareas/{task_id}/tecnico").text
    assert browser.get(url).status_code == 200


def test_the_sheet_of_an_induction_has_masked_documents(walk: Walk, printed: list[dict[str, Any]]):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    task_id = walk.task("schedule_thematic_induction").id
    url = f"/tareas/{task_id}/lista-de-asistencia"
    assert url in walk.browser("sip").get(f"/tareas/{task_id}/respuesta").text
    assert walk.browser("sip").get(url).status_code == 200
    assert documents(printed[0])
    assert all(re.fullmatch(r"\w+ \*+\d{3}", one) for one in documents(printed[0]))
