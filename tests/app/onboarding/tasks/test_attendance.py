"""Attendance by name on the pages of steps, and the sheet that is printed beforehand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.cases import records
from app.cases.case import Case
from app.cases.papers import typesetting
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the sheets that are typeset; nothing is."""
    found: list[dict[str, Any]] = []

    def typeset(kind: str, sheet: dict[str, Any], made_on: Any) -> bytes:
        found.append(sheet)
        return b"%PDF-"

    monkeypatch.setattr(typesetting, "typeset", typeset)
    return found


@pytest.fixture
def trained(walk: Walk, clock: Clock) -> Walk:
    """Return a case whose training is to be reported."""
    walk.begin_at("training")
    walk.answer("plan_training")
    clock.forward(days=40)
    walk.tick()
    return walk


def roster_of(walk: Walk) -> list[dict[str, Any]]:
    with walk.reading() as session:
        row = walk.row()
        entity = session.merge(row).entity
        return list(records.read(Case(session, entity, row), "roster"))


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
    assert "exceptions" not in page
    marks = dict.fromkeys(names, "present") | {names[0]: "leave", "action": "save"}
    assert browser.post(f"{url}/asistencia", data=marks).status_code == 303
    page = browser.get(f"{url}/revisar").text
    assert "escribe el motivo de la licencia" in page
    marks |= {f"{names[0]}-why": "Maternidad"}
    assert browser.post(f"{url}/asistencia", data=marks).status_code == 303
    assert "con licencia (Maternidad)" in browser.get(f"{url}/revisar").text


def test_the_sheet_of_a_training_can_be_printed_also_once_it_is_planned(
    walk: Walk, sheets: list[dict[str, Any]]
):
    walk.begin_at("training")
    task_id = walk.task("plan_training").id
    url = f"/tareas/{task_id}/lista-de-asistencia"
    browser = walk.browser("administrator")
    assert url in browser.get(f"/tareas/{task_id}/tecnico").text
    answer = browser.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert not re.search(r"\d{8}", answer.headers["Content-Disposition"])
    assert set(documents(sheets[0])) == {
        f"{one['document_type']} {one['document_number']}" for one in roster_of(walk)
    }
    walk.answer("plan_training")
    assert url in browser.get(f"/tareas/{task_id}/tecnico").text
    assert browser.get(url).status_code == 200


def test_the_sheet_of_an_induction_has_masked_documents(walk: Walk, sheets: list[dict[str, Any]]):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    task_id = walk.task("schedule_thematic_induction").id
    url = f"/tareas/{task_id}/lista-de-asistencia"
    assert url in walk.browser("sip").get(f"/tareas/{task_id}/respuesta").text
    assert walk.browser("sip").get(url).status_code == 200
    assert documents(sheets[0])
    assert all(re.fullmatch(r"\w+ \*+\d{3}", one) for one in documents(sheets[0]))


def test_only_who_may_answer_the_step_gets_its_sheet(walk: Walk, sheets: list[dict[str, Any]]):
    walk.begin_at("training")
    url = f"/tareas/{walk.task('plan_training').id}/lista-de-asistencia"
    for role in ("sip", "sgtd", "secretary", "preparer"):
        assert walk.browser(role).get(url).status_code == 404, role
    assert sheets == []


def test_a_step_without_attendance_has_no_sheet(walk: Walk, sheets: list[dict[str, Any]]):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    assert walk.browser("preparer").get(f"/tareas/{task_id}").status_code == 302
    url = f"/tareas/{task_id}/lista-de-asistencia"
    assert walk.browser("preparer").get(url).status_code == 404
    assert sheets == []
