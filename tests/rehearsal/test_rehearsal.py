"""Sixty elected bodies from November to March: each change begins once; no ex-user can sign in.

`sixty.txt` is the report, with each text of a mail once. To change it, check the differences, then
let the test write it: `REWRITE=1 python -m pytest tests/rehearsal`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Grant, User
from app.ops.rehearsal import Rehearsal, verdict
from app.ops.rehearsal.verdict import Report
from tests.app import cast
from tests.rehearsal import stage

GOLDEN = Path(__file__).with_name("sixty.txt")


@pytest.mark.slow_by_nature("five months pass for sixty entities")
def test_sixty_entities_pass_the_turn_of_the_year(app):
    try:
        assert stage.fill(app, 60) == 60
        report = Rehearsal(app).run()
        assert report.faults == []
        with app.app_context(), db.writing(app) as session:
            ended = _authority(session, ended=True)
            open_ = _authority(session, ended=False)
            assert {"administrator", "authority", "preparer"} <= _reopened(session, report)
        assert cast.sign_in(app.test_client(), ended).status_code == 422
        assert cast.sign_in(app.test_client(), open_).status_code == 303
    finally:
        calendar.use_clock(None)
    if os.environ.get("REWRITE"):
        GOLDEN.write_text(str(report), "utf-8")
    assert str(report).split("\n") == GOLDEN.read_text("utf-8").split("\n")


def _reopened(session: Session, report: Report) -> set[str]:
    """Undo what should never be undone, and return what the verdict finds; nothing stays."""
    with session.begin_nested() as undone:
        session.execute(update(Grant).values(until_at=None))
        session.execute(update(User).values(active=False))
        found = Report(report.ends_on, report.mails)
        verdict.complete(session, found)
        undone.rollback()
    assert any("nobody can answer" in fault for fault in found.faults)
    return {fault.split()[-3] for fault in found.faults if fault.startswith("grant")}


def _authority(session: Session, *, ended: bool) -> str:
    """Return the document of an authority from before, whose role ended or goes on."""
    when = Grant.until_at.is_not(None) if ended else Grant.until_at.is_(None)
    held = session.scalars(
        select(Grant).where(Grant.role == "authority", when).order_by(Grant.id)
    ).first()
    assert held is not None
    return held.user.document_number
