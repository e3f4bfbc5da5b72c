"""What tests of the application can ask for beside the application: a case to walk with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.conftest import Clock

if TYPE_CHECKING:
    from tests.app.walk import Walk


@pytest.fixture
def walk(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """An entity and its people on an empty installation; papers are one blank page."""
    from app import papers
    from tests.app.walk import Walk, sample_pdf

    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    return Walk(app)


@pytest.fixture
def days(walk: Walk, clock: Clock):
    """The same, whose clock and reminders a test lets run from day to day."""
    from tests.app.reminded import Days

    return Days(walk, clock)
