"""Pages of steps where scripts run: what applies appears at once, and drafts save themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from forms import steps
from tests.app.every_step import EveryStep
from tests.app.walk import Walk
from tests.browser.examined import NARROW, Examiner
from tests.browser.visitor import sign_in
from tests.conftest import Clock


@pytest.fixture
def every_step(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> EveryStep:
    return EveryStep(Walk(app), monkeypatch)


@pytest.fixture
def tab(every_step: EveryStep, browser: Any, live_server: str) -> Iterator[Any]:
    """Yield a page of a coordinator who has signed in."""
    context = browser.new_context(base_url=live_server)
    sign_in(context, every_step.walk.browser("sip"), live_server)
    yield context.new_page()
    context.close()


@pytest.mark.guard("a journey in a browser: a step with conditions")
def test_what_applies_appears_at_once_and_what_is_typed_saves_itself(
    every_step: EveryStep, tab: Any, examiner: Examiner
):
    shows_the_fields_of_its_result(every_step, tab)
    step = steps()["designate_administrator"]
    address = every_step.open(step, step.accepts[0], filled=False)
    tab.goto(f"{address}/alterno")
    name, which = tab.locator("#alternate-given_names"), tab.locator("#alternate-link_other")
    assert not name.is_visible()
    tab.get_by_label("Sí", exact=True).first.check()
    assert name.is_visible()
    assert not which.is_visible()
    assert tab.locator("#has_alternate").get_attribute("aria-controls") == "applies-alternate"
    tab.locator('[name="alternate-link"][value="other"]').check()
    name.fill("Alberto")
    which.fill("Convenio")
    tab.get_by_text("Guardado a las 08:00").wait_for(timeout=15_000)
    assert examiner.faults_here(tab, (NARROW,)) == []
    tab.get_by_label("No", exact=True).first.check()
    assert not name.is_visible()
    assert not which.is_visible()

    tab.goto(f"{address}/alterno")  # the answer Sí was saved, nothing was pressed
    assert (name.input_value(), which.input_value()) == ("Alberto", "Convenio")
    tab.context.clear_cookies()
    name.fill("Alberto Persona")
    tab.get_by_text("Tu sesión terminó").wait_for(timeout=15_000)
    assert name.input_value() == "Alberto Persona"


def shows_the_fields_of_its_result(every_step: EveryStep, tab: Any) -> None:
    """Choose each result of a reception; only its fields are seen."""
    step = steps()["record_reception"]
    address = every_step.open(step, step.accepts[0], filled=False)
    tab.goto(f"{address}/respuesta")
    inputs = {"received": "#cut", "observed": "#observations-0-text", "not_filed": "#text"}
    for result in inputs:
        tab.locator(f'[name="result"][value="{result}"]').check()
        seen = [one for one, place in inputs.items() if tab.locator(place).is_visible()]
        assert seen == [result]
