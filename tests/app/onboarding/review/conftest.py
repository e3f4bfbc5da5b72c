"""Fixtures of the signatures of the Despacho."""

from __future__ import annotations

import pytest

from app.base.models import IssuedPaper, Task
from app.cases import papers
from tests.app.onboarding.review.despacho import CODES, Despacho, blank_of
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def desk(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return an installation whose papers differ, and whose secretary has a test certificate."""
    monkeypatch.setattr(papers, "render", lambda kind, values, on, code="": blank_of(code))
    with walk.writing() as session:
        walk.user(session, "secretary").document_number = "40000001"
    return walk


@pytest.fixture
def despacho(desk: Walk, clock: Clock) -> Despacho:
    walk = desk
    cases = [walk.begin_at("demo_test", code) for code in CODES]
    clock.forward(days=63)
    walk.tick()
    for case in cases:
        walk.answer("call_entity", "no_agreement", instance=case)
        walk.answer("draft_letter", instance=case)
    with walk.reading() as session:
        tasks = {
            row.instance_id: row.id for row in session.query(Task).filter_by(step="sign_letter")
        }
        papers_ = session.query(IssuedPaper)
        rows = {tasks[row.instance_id or 0]: row.code for row in papers_}
    issued = {task: blank_of(code) for task, code in rows.items()}
    return Despacho(walk, issued, rows, walk.browser("secretary"))
