"""The standings of a demo's cases, moved through a share of the changes and walked to an end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.base import calendar
from tests.conftest import Clock
from tests.standings.standings import standings, walk_changed
from tests.standings.stored import live_states
from workflows import clock as engine_clock


@pytest.fixture
def programme_demo(app: Flask, clock: Clock) -> Iterator[Flask]:
    """Yield an installation with a demo of eight entities (`tests.prepared`)."""
    before = engine_clock._now
    yield app
    engine_clock.use_clock(before)


@pytest.mark.slow_by_nature("walks many cases to their end")
def test_cases_of_a_demo_move_through_each_kind_of_change_and_end(programme_demo: Flask) -> None:
    states = live_states(programme_demo)
    found = standings(states, calendar.now())
    assert 3 < len(found) <= len(states)
    kinds = walk_changed(found, calendar.now(), every=3)
    assert kinds["changes"] > 10
    assert kinds["passes"] > 3
