"""The Enter key, in a real browser without scripts, on every page of every step.

A browser sends a form with its first button, whatever the box: one box of each type is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from forms import Step, steps
from forms.examples import Example
from tests.app.every_step import EveryStep
from tests.app.walk import Walk
from tests.browser.visitor import sign_in
from tests.conftest import Clock

OF_STEP = "main form#paso"
BOXES = f"{OF_STEP} input:not([type=hidden], [type=file])"
FILES = f"{OF_STEP} input[type=file]"
#: A box that is not shown, until another one is chosen, cannot have the cursor.
SEEN = "all => all.filter(one => one.checkVisibility()).map(one => [one.type, one.name])"
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


@pytest.mark.nightly
@pytest.mark.parametrize("step", steps().values(), ids=steps())
def test_enter_in_any_box_does_not_complete_the_step(every_step: EveryStep, tab: Any, step: Step):
    tried: set[str] = set()
    for example in first_of_each_outcome(step):
        address = every_step.open(step, example)
        keys = [page.key for page in step.form.screens()]
        for number, key in enumerate(keys):
            ahead = {f"{address}/{later}" for later in [*keys[number + 1 :], "revisar"]}
            assert enter_in_the_boxes(tab, f"{address}/{key}", tried) <= ahead
            assert not every_step.ended, key


def first_of_each_outcome(step: Step) -> list[Example]:
    """Return one example of each outcome of a step."""
    return list({example.outcome: example for example in reversed(step.accepts)}.values())


def enter_in_the_boxes(tab: Any, address: str, tried: set[str]) -> set[str]:
    """Press Enter in a box of each type on a page, and in each box once. Return where it leads."""
    tab.goto(address)
    tab.evaluate(UNFOLD)
    boxes = tab.locator(BOXES).evaluate_all(SEEN)
    by_type = {kind: name for kind, name in reversed(boxes) if name not in tried}
    found = set()
    for name in by_type.values():
        tried.add(name)
        tab.goto(address)
        tab.evaluate(UNFOLD)
        tab.locator(BOXES).and_(tab.locator(f'[name="{name}"]')).first.focus()
        with tab.expect_navigation(wait_until="commit"):
            tab.keyboard.press("Enter")
        found.add(urlsplit(tab.url).path)
    tab.goto(address)
    for number in range(tab.locator(FILES).count()):
        tab.evaluate(UNFOLD)
        tab.locator(FILES).nth(number).focus()
        tab.keyboard.press("Enter")  # needs a file
        assert urlsplit(tab.url).path == address
    return found


def test_enter_saves_a_person_typed_into_a_roster(every_step: EveryStep, tab: Any):
    step = steps()["list_personnel"]
    address = every_step.open(step, step.accepts[0])
    key = next(page.key for page in step.form.screens() if "roster" in page.fields)
    tab.goto(f"{address}/{key}")
    tab.evaluate(UNFOLD)
    tab.fill("[name=roster-document_number]", "40000077")
    tab.focus("[name=roster-given_names]")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert urlsplit(tab.url).path == f"{address}/{key}"
    assert "DNI 40000077" in tab.content()
    assert not every_step.ended
