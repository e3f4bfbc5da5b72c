"""What tests of the application can ask for beside the application: a case to walk with."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import Clock


@pytest.fixture
def walk(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """An entity and its people on an empty installation; papers are one blank page."""
    from app import papers
    from tests.app.walk import Walk, sample_pdf

    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    return Walk(app)
