"""Fixtures for tests of the application: a case to walk through, a programme, the CLI."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, g, has_request_context, request

from tests.conftest import Clock

if TYPE_CHECKING:
    from tests.app.visited import Visited
    from tests.app.walk import Walk

FRIDAY_EVENING = datetime(2026, 2, 28, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_transaction_waits_for_a_reader(monkeypatch: pytest.MonkeyPatch):
    """Fail a test that reads a foreign file while the request's transaction could hold a lock."""
    from app.base import db
    from app.cases.papers.preflight import reading as preflight
    from forms.fields import isolated

    read, judged = isolated._read, preflight._answer

    def holds_a_lock() -> bool:
        if not has_request_context() or request.method in db.READ_ONLY_METHODS:
            return False
        opened = g.get("session")
        return opened is not None and opened.in_transaction()

    def reading(*given: Any) -> Any:
        assert not holds_a_lock(), f"{request.path} holds a lock"
        return read(*given)

    def judging(orders: list[dict[str, Any]]) -> Any:
        assert not holds_a_lock(), f"{request.path} holds a lock"
        return judged(orders)

    monkeypatch.setattr(isolated, "_read", reading)
    monkeypatch.setattr(preflight, "_answer", judging)


@pytest.fixture
def walk(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """Return an entity and its people on an empty installation.

    Papers are one blank page, and nothing is looked for in uploads.
    """
    from app.cases import papers
    from app.cases.papers.preflight import examining
    from forms.fields import documents
    from tests.app.walk import Walk, sample_pdf

    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    monkeypatch.setattr(examining, "read", documents.read_apart)
    return Walk(app)


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return the same installation with an onboarding at its first step."""
    walk.begin()
    return walk


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return the same installation with an onboarding whose designation is filed."""
    walk.begin_filed()
    return walk


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    """Return an entity with both of its registers open, and its people."""
    from tests.app.visited import Visited

    return Visited(app)


@pytest.fixture
def days(walk: Walk, clock: Clock):
    """Return the same installation, whose clock and reminders a test runs day by day."""
    from tests.app.cases.reminders.reminded import Days

    return Days(walk, clock)


@pytest.fixture
def walk_on(walk: Walk, clock: Clock) -> Walk:
    """Return the walk's installation on a Friday evening in Lima, which is Saturday in UTC."""
    clock.set(FRIDAY_EVENING)
    return walk


@pytest.fixture
def programme(walk_on: Walk) -> Walk:
    """Return entities at every place of the path.

    Some are validated, suspended, cancelled, restarted.
    """
    from tests.app.onboarding.programmed import Programmed

    return Programmed(walk_on.app)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs `zaguan` with arguments and returns exit code, output, errors."""
    from app.base import calendar
    from app.ops import cli

    monkeypatch.setenv("ZAGUAN_DATA", str(tmp_path / "data"))
    for name in ("ZAGUAN_DATABASE_URL", "ZAGUAN_CLOCK", "ZAGUAN_PUBLIC_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zaguan", *arguments])
        before = calendar.use_clock(None)
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        else:
            code = 0
        finally:
            calendar.use_clock(before)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run_command
