"""What a first suppression left of a visit is suppressed later, by the same pages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from app.base.db import chain
from app.base.models import InterestAct, LogEntry, Visit
from app.ops import backup, setup
from app.register.suppression import demo, reviews
from app.register.suppression.fields import GROUPS
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.interest_acts.acting import record
from tests.app.register.open_data.test_changes import FEED, Mirror
from tests.app.register.suppression.suppressing import HIDE, SHOW, Suppressing, list_of, night
from tests.app.visited import Visited
from tests.conftest import Clock

__all__ = ["new_installation"]

NAME, MOTIVE, MATTER = "Menor Inventada Eva", "Pedido de Inventada", "Asunto de Inventada"
MOTIVE_FIRST = {"decision": "suppress", "fields": ["motive", "place"]}
THE_REST = {"decision": "suppress", "fields": ["visitor", "represented"]}
UNLAWFUL = {"ground": "unlawful"}


def in_part(visited: Suppressing, visit_id: int) -> None:
    visited.post(visit_id, UNLAWFUL)
    visited.post(visit_id, MOTIVE_FIRST)


def why_gone(visited: Visited, mirror: Mirror) -> str:
    answer = visited.browser().get(f"{FEED}?cursor={mirror.cursor}")
    return str(json.loads(answer.data)["cambios"][-1]["motivo"])


@pytest.mark.guard("a suppression goes its whole path")
@pytest.mark.postgresql
def test_the_rest_is_suppressed_by_the_same_pages_exit_log_list_and_feed(
    visited: Suppressing, clock: Clock, tmp_path: Path, new_installation: NewInstallation
):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    record(visited.browser("operator"), visited.attached(visit_id), matter=MATTER)
    clock.forward(days=1)
    night(visited.app)  # closes the chain
    backup.back_up(visited.app, tmp_path / "backup")
    mirror = Mirror(visited)
    mirror.follow()
    in_part(visited, visit_id)
    clock.forward(hours=2)
    page = visited.browser("administrator").get(visited.of(visit_id)).text
    assert NAME in page
    assert "Suprimir más datos" in page
    visited.post(visit_id, HIDE)
    assert why_gone(visited, mirror) == "suprimida"
    assert "Los datos de esta visita se suprimieron" in visited.public(visit_id)
    form = visited.browser("administrator").get(visited.of(visit_id, "/decidir")).text
    offered = {name for name in GROUPS if f'value="{name}"' in form}
    assert offered == {"visitor", "represented"}
    assert "Dejar lo que queda" in form
    assert visited.post(visit_id, MOTIVE_FIRST) == 422
    assert visited.post(visit_id, THE_REST) == 303
    assert why_gone(visited, mirror) == "suprimida"
    stone = visited.public(visit_id)
    assert "Es menor de edad" in stone  # of the newest suppression
    assert "El texto es ilícito" not in stone
    assert visited.post(visit_id, HIDE) == 303  # nothing is left
    _nothing_is_left(visited, visit_id)
    kinds = visited.all(select(LogEntry.kind))
    assert kinds.count("register.visit_suppressed") == 2
    assert list(chain.check_all(visited.engine)) == []
    assert len(list_of(visited.app).read_text().splitlines()) == 3
    other = new_installation()
    backup.restore(other, tmp_path / "backup")
    shutil.copy(list_of(visited.app), list_of(other))
    setup.suppress_again(other)
    _nothing_is_left(Visited(other), visit_id)
    assert Visited(other).row(visit_id).audience == "public"


def _nothing_is_left(visited: Visited, visit_id: int) -> None:
    row = visited.row(visit_id)
    assert (row.state, row.visitor_name, row.motive) == ("suppressed", "", "")
    with visited.reading() as session:
        act = session.scalars(select(InterestAct)).one()
        assert (act.actor_name, act.matter, act.third_name, act.search_text) == ("", "", "", "")
        assert reviews.left(session, session.get_one(Visit, visit_id)) == ()


@pytest.mark.nightly
def test_what_is_left_can_stay(visited: Suppressing):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    in_part(visited, visit_id)
    visited.post(visit_id, HIDE)
    assert visited.browser("operator").get(visited.of(visit_id)).status_code == 404
    visited.post(visit_id, SHOW)
    row = visited.row(visit_id)
    assert (row.state, row.audience, row.visitor_name, row.motive) == (
        *("suppressed", "public"),
        *(NAME, ""),
    )
    stone = visited.public(visit_id)
    assert "El texto es ilícito" in stone
    assert NAME not in stone


@pytest.mark.nightly
def test_pages_say_that_nothing_is_erased_except_what_was_suppressed(visited: Suppressing):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    ordinary = visited.browser("administrator").get(visited.of(visit_id)).text
    assert "Nada se borra" in ordinary
    in_part(visited, visit_id)
    page = visited.browser("administrator").get(visited.of(visit_id)).text
    assert "Nada se borra" not in page
    assert "Lo que se suprimió se borró de todas." in page
    assert "en los casos que dice la ley" in visited.browser().get("/registro-de-visitas").text


def test_a_visit_of_a_demo_that_was_emptied_has_nothing_left(visited: Suppressing):
    visit_id = visited.visit("demo", name=NAME)
    with visited.writing() as session:
        assert demo.empty(session, visit_id)
        assert reviews.left(session, session.get_one(Visit, visit_id)) == ()
