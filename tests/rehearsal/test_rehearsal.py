"""Sixty elected bodies from November to March: each change begins once; no ex-user can sign in."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base import calendar
from app.ops.rehearsal import Rehearsal
from tests.rehearsal import stage

GOLDEN = Path(__file__).with_name("sixty.txt")


@pytest.mark.slow_by_nature("five months pass for sixty entities")
def test_sixty_entities_pass_the_turn_of_the_year(app):
    try:
        assert stage.fill(app, 60) == 60
        report = Rehearsal(app).run()
    finally:
        calendar.use_clock(None)
    assert report.faults == []
    assert str(report) == GOLDEN.read_text("utf-8")
