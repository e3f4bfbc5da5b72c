"""The worker checks the links of entities' sites, and the result is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import LinkCheck, Record
from app.ops.worker import links as job
from app.register.registers import environments
from tests.app import cast
from tests.app.register.registers.web import OURS, SITE, Web, opened, page
from tests.app.visited import CODE, Visited
from tests.conftest import Clock


@pytest.fixture
def web() -> Iterator[Web]:
    """Yield the site of an entity."""
    with opened() as there:
        yield there


@pytest.fixture
def visited(app: Any, clock: Clock) -> Visited:
    """Return an entity with its registers."""
    app.config["PUBLIC_URL"] = "https://zaguan.gob.pe"
    return Visited(app)


def says_link(visited: Visited, address: str) -> None:
    """Store the entity's link."""
    with visited.writing() as session:
        says(session, visited.register(session).entity_id, address)


def says(session: Session, entity_id: int, address: str) -> None:
    """Return an entity's answer about going live, as far as the link is concerned."""
    data = {"link": address}
    session.add(Record(entity_id=entity_id, name="production", data=data, at=calendar.now()))


def checks(visited: Visited) -> list[LinkCheck]:
    """Return the results, in order."""
    return visited.all(select(LinkCheck).order_by(LinkCheck.id))


def turn(visited: Visited, web: Web) -> int:
    """Run the job once. Return how many links it checked."""
    with visited.app.app_context():
        counts = job.run(visited.app, lambda: False, web.wires)
    assert counts is not None
    return counts["asked"]


def test_a_link_is_checked_once_a_day_and_at_once_when_it_changes(
    visited: Visited, web: Web, clock: Clock
):
    assert turn(visited, web) == 0, "nobody said where a link is"
    says_link(visited, SITE)
    web.pages["/transparencia"] = page(f'<a href="{OURS}">x</a>')
    assert turn(visited, web) == 1
    assert turn(visited, web) == 0
    clock.forward(hours=25)
    assert turn(visited, web) == 1
    (found,) = checks(visited)
    assert (found.result, found.address, found.asked_at) == ("found", SITE, clock.moment)
    clock.forward(minutes=1)
    says_link(visited, SITE.replace("transparencia", "otra"))
    assert turn(visited, web) == 1
    assert [one.result for one in checks(visited)] == ["found", "failed"]


def test_what_another_source_publishes_may_be_linked_to_as_well(visited: Visited, web: Web):
    says_link(visited, SITE)
    with visited.writing() as session:
        register = visited.register(session)
        register.source, register.source_address = "own_system", "https://propio.gob.pe/v"
    web.pages["/transparencia"] = page('<a href="https://propio.gob.pe/v/">x</a>')
    assert turn(visited, web) == 1
    assert checks(visited)[0].result == "found"


def test_a_turn_checks_a_few_links_and_stops_when_it_must(
    visited: Visited, web: Web, monkeypatch: pytest.MonkeyPatch
):
    says_link(visited, SITE)
    with visited.app.app_context():
        assert job.run(visited.app, lambda: True, web.wires) is None
    assert checks(visited) == []
    with visited.writing() as session:
        other = cast.entity(session, "E90002")
        environments.open_register(session, other, "production", None)
        says(session, other.id, SITE)
    monkeypatch.setattr(job, "AT_ONCE", 1)
    assert [turn(visited, web) for _ in range(3)] == [1, 1, 0]
    assert len({one.entity_id for one in checks(visited)}) == 2


def test_what_was_found_is_shown_to_the_administrator_and_decides_nothing(
    visited: Visited, web: Web
):
    says_link(visited, SITE)
    web.pages["/transparencia"] = page("nada")
    turn(visited, web)
    shown = visited.browser("administrator").get(f"/registro/{CODE}/produccion/ajustes").text
    assert "no vemos en ella el enlace" in shown
    assert SITE in shown
