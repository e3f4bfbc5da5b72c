"""The feed of changes after a restore: its sequence has another name, and nothing is missed."""

from __future__ import annotations

import json

import pytest

from app.base import calendar
from app.register.export import changes
from tests.app.register.open_data.test_changes import FEED, Mirror, change, get, register
from tests.app.visited import Visited
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def test_mirrors_start_again_after_a_restore(visited: Visited):
    visited.visit()
    mirror = Mirror(visited)
    mirror.follow()
    with visited.writing() as session:
        changes.renew(session.connection())
    with visited.browser().get(f"{FEED}?cursor={mirror.cursor}") as answer:
        assert answer.status_code == 410
        assert answer.mimetype == "application/problem+json"
        assert json.loads(answer.data)["epoca"] == get(visited)["epoca"]
    visited.visit(name="Después de restaurar")
    again = Mirror(visited)
    again.follow(limit=1)
    assert again.visits == register(visited)
    assert list(again.visits.values())[-1]["visitante"] == "Después de restaurar"


def test_a_request_by_time_after_a_restore_gets_all_earlier_changes(visited: Visited, clock: Clock):
    low, high = visited.visit(), visited.visit()
    change(visited, high, "correct")
    clock.forward(hours=4)
    since = calendar.now()
    clock.forward(minutes=1)
    change(visited, low, "correct")
    with visited.writing() as session:
        changes.renew(session.connection())
    page = get(visited, f"updated_since={since.isoformat().replace('+', '%2B')}")
    assert visited.row(low).code in {said["codigo"] for said in page["cambios"]}
