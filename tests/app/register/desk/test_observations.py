"""The official observation: a required one stays, and no user can invent one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.base import calendar
from app.base.models import Outage, Visit
from app.register.facts.values import Refused
from app.register.visits import recording
from tests.app.visited import CODE, Visited, lima
from tests.conftest import Clock

DAY = 60 * 24
HOURS_AGO = timedelta(hours=3), timedelta(hours=1)


def refused(visited: Visited, visit_id: int, **values: Any) -> str:
    """Return the field at which a correction is refused."""
    with pytest.raises(Refused) as found:
        visited.correct(visit_id, **values)
    return found.value.field


def interrupted(visited: Visited, cause: str = "internal") -> None:
    """Declare an outage from three hours ago until one hour ago."""
    first, last = (calendar.now() - ago for ago in HOURS_AGO)
    with visited.writing() as session:
        register_id = visited.register(session).id
        session.add(
            Outage(
                register_id=register_id,
                from_at=first,
                to_at=last,
                cause=cause,
                declared_at=calendar.now(),
            )
        )


def test_a_late_entry_cannot_lose_its_observation(visited: Visited):
    visit_id = visited.visit(ago=DAY, observation="late")
    assert refused(visited, visit_id, observation="") == "observation"
    assert visited.row(visit_id).observation == "late"


def test_a_visit_made_up_inside_an_outage_cannot_lose_its_observation(visited: Visited):
    interrupted(visited)
    visit_id = visited.visit(ago=120)
    for other in ("", "late", "outage_external"):
        assert refused(visited, visit_id, observation=other) == "observation"
    assert visited.row(visit_id).observation == "outage_internal"
    visited.correct(visit_id, motive="Otro motivo")
    assert visited.row(visit_id).observation == "outage_internal"


def test_an_exit_before_the_recording_makes_a_visit_late_where_the_rule_says_so(visited: Visited):
    visit_id = visited.visit(ago=60)
    earlier: datetime = calendar.now() - timedelta(minutes=30)
    exits: dict[str, Any] = {"exit_at": earlier, "exit_state": "left"}
    assert refused(visited, visit_id, **exits) == "observation"
    visited.correct(visit_id, observation="late", **exits)
    assert visited.row(visit_id).observation == "late"


def test_an_exit_after_the_recording_asks_for_nothing(visited: Visited, clock: Clock):
    visit_id = visited.visit()
    clock.forward(minutes=30)
    with visited.writing() as session:
        recording.leave(session, session.get_one(Visit, visit_id), actor_id=None)
    visited.correct(visit_id, exit_at=calendar.now() - timedelta(minutes=5))
    assert visited.row(visit_id).observation == ""


def test_a_visit_that_is_moved_out_of_an_outage_no_longer_says_that_it_was_in_one(
    visited: Visited,
):
    interrupted(visited)
    visit_id = visited.visit(ago=120)
    visited.correct(visit_id, entry_at=calendar.now() - timedelta(minutes=30))
    assert visited.row(visit_id).observation == ""


def test_nobody_chooses_an_outage_that_was_not_declared(visited: Visited):
    for observation in ["outage_external", "outage_internal"]:
        for ago in (0, DAY):
            with pytest.raises(Refused) as found:
                visited.visit(ago=ago, observation=observation)
            assert found.value.field == "observation"
        late = visited.visit(ago=DAY, observation="late")
        assert refused(visited, late, observation=observation) == "observation"
        assert refused(visited, visited.visit(), observation=observation) == "observation"


def test_an_imported_visit_keeps_its_observation(visited: Visited):
    visit_id = visited.visit(entry_at=lima("2026-02-20 09:00"), observation="late")
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        row.source, row.observation = "imported", "outage_external"
    visited.correct(visit_id, entry_at=lima("2026-02-20 09:05"))
    assert visited.row(visit_id).observation == "outage_external"
    code = visited.row(visit_id).code
    page = visited.browser("operator").get(f"/registro/{CODE}/produccion/visitas/{code}/corregir")
    assert 'value="outage_external"' in page.text
    assert 'value="outage_internal"' not in page.text


def test_the_desk_offers_no_observation_of_an_outage(visited: Visited):
    page = visited.browser("operator").get(f"/registro/{CODE}/produccion").text
    assert 'value="late"' in page
    assert "outage_" not in page
