"""Fixtures of the browser tests, among them an examiner of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.app import cast
from tests.app.walk import PARTS, Walk, sample_pdf
from tests.browser.examined import WIDE, Examiner
from tests.conftest import Clock


@pytest.fixture(scope="session")
def examiner(browser: Any) -> Iterator[Examiner]:
    """Yield an examiner that checks pages with axe."""
    made = Examiner(browser)
    yield made
    made.close()


@pytest.fixture
def walk(app: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Yield a case before its first review."""
    monkeypatch.setattr("app.cases.papers.render", lambda *_: sample_pdf())
    made = Walk(app)
    made.begin()
    made.designate()
    made.answer("record_reception", "received")
    return made


@pytest.fixture
def inside(walk: Walk, live_server: str, page: Any) -> Any:
    """Yield a page of a coordinator who has signed in, at the site's root."""
    page.goto(f"{live_server}/ingresar")
    page.fill("#document_number", PARTS["sip"][0])
    page.fill("#password", cast.PASSWORD)
    page.click("main button[type=submit]")
    page.set_viewport_size({"width": WIDE, "height": 900})
    return page
