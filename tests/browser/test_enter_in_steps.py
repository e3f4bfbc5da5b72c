"""The Enter key in a real browser without scripts: in a box, in a list, at a file.

A browser sends a form with its first button, whatever the box. That this button never completes a
step is checked in the markup of every step (`tests.app.onboarding.tasks.test_enter`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from forms import steps
from tests.app.every_step import EveryStep
from tests.app.walk import Walk
from tests.browser.visitor import sign_in
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

UNFOLD = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture
def database_url(sqlite: Any) -> Iterator[str]:
    """Yield one kind of database: keys depend on the browser only."""
    url = sqlite.create()
    yield url
    sqlite.drop(url)


@pytest.fixture
def every_step(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> EveryStep:
    return EveryStep(Walk(app), monkeypatch)


@pytest.fixture
def tab(every_step: EveryStep, browser: Any, live_server: str) -> Iterator[Any]:
    """Yield a page of a coordinator who has signed in, without scripts."""
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    sign_in(context, every_step.walk.browser("sip"), live_server)
    yield context.new_page()
    context.close()


def opened_screen(every_step: EveryStep, tab: Any, step: str, field: str) -> str:
    """Show the screenful of a step that has a field. Return its path."""
    found = steps()[step]
    address = every_step.open(found, found.accepts[0])
    key = next(page.key for page in found.form.screens() if field in page.fields)
    tab.goto(f"{address}/{key}")
    tab.evaluate(UNFOLD)
    return f"{address}/{key}"


def test_enter_in_a_box_leads_to_the_review(every_step: EveryStep, tab: Any):
    path = opened_screen(every_step, tab, "call_entity", "phone")
    tab.locator("[name=phone]").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert urlsplit(tab.url).path == path.rpartition("/")[0] + "/revisar"
    assert not every_step.ended


def test_enter_at_a_file_sends_nothing(every_step: EveryStep, tab: Any):
    path = opened_screen(every_step, tab, "validate_demo_results", "report")
    tab.locator("main form#paso input[type=file]").first.focus()
    tab.keyboard.press("Enter")
    assert urlsplit(tab.url).path == path
    assert not every_step.ended


def test_enter_saves_a_person_typed_into_a_roster(every_step: EveryStep, tab: Any):
    path = opened_screen(every_step, tab, "list_personnel", "roster")
    tab.fill("[name=roster-document_number]", "40000077")
    tab.focus("[name=roster-given_names]")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert urlsplit(tab.url).path == path
    assert "DNI 40000077" in tab.content()
    assert not every_step.ended
