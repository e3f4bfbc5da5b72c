"""An absentee of a large roster is found and marked by keyboard alone; axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from forms.shapes.attendance_by_name import FEW
from tests.app.walk import Walk
from tests.browser.examined import NARROW, Examiner
from tests.browser.visitor import sign_in
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
    walk.enlarge_roster(FEW)
    walk.answer("plan_training")
    clock.forward(days=40)
    walk.tick()
    return walk


@pytest.mark.nightly
def test_an_absentee_is_found_and_marked_by_keyboard(
    trained: Walk, live_server: str, page: Any, examiner: Examiner
):
    sign_in(page.context, trained.browser("administrator"), live_server)
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
