"""An absentee of a large roster is found and marked by keyboard alone; axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.base.models import ProcessInstance
from app.cases import records
from app.cases.case import Case
from forms.shapes.attendance_by_name import FEW
from tests.app.walk import Walk
from tests.browser.examined import NARROW, Examiner
from tests.conftest import Clock


@pytest.fixture
def database_url(sqlite: Any) -> Iterator[str]:
    """Yield one kind of database: keys depend on the browser only."""
    url = sqlite.create()
    yield url
    sqlite.drop(url)


@pytest.fixture
def trained(app: Flask, clock: Clock) -> Walk:
    """Return a case with a large roster whose training is to be reported."""
    walk = Walk(app)
    walk.begin_at("training")
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, walk.id)
        case = Case(session, row.entity, row, walk.people["preparer"])
        rows = list(records.read(case, "roster"))
        more = [rows[-1] | {"document_number": f"{number:08d}"} for number in range(1, FEW + 1)]
        more[-1] |= {"surnames": "Huamán Ejemplo", "given_names": "Zoila"}
        records.write(case, "roster", [*rows, *more])
    walk.answer("plan_training")
    clock.forward(days=40)
    walk.tick()
    return walk


def test_an_absentee_is_found_and_marked_by_keyboard(
    trained: Walk, live_server: str, page: Any, examiner: Examiner
):
    signed_in = trained.browser("administrator").get_cookie("zaguan")
    assert signed_in is not None
    cookie = {"name": signed_in.key, "value": signed_in.value, "url": live_server}
    page.context.add_cookies([cookie])
    page.goto(f"{live_server}/tareas/{trained.task('report_training').id}/asistencia")
    page.focus("#roll-search")
    page.keyboard.type("huaman")
    page.keyboard.press("Enter")
    page.wait_for_url("**/asistencia#roll-found")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "absent"
    page.keyboard.press("Enter")
    page.wait_for_selector("#roll-marked fieldset")
    assert "Huamán Ejemplo, Zoila" in page.inner_text("#roll-marked")
    assert page.is_checked("#roll-marked input[value=absent]")
    assert examiner.faults_here(page, (NARROW,)) == []
