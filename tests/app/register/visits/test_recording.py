"""Recording visits: the register accepts or refuses them, and neither loses nor doubles any."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Outage, PostHolder, Visit, VisitVersion
from app.register.facts import keys
from app.register.facts.values import Refused
from app.register.visits import personnel, recording
from tests.app.visited import PERSONNEL, SINCE, Visited, lima
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def versions(visited: Visited, visit_id: int) -> list[VisitVersion]:
    of_visit = select(VisitVersion).where(VisitVersion.visit_id == visit_id)
    return visited.all(of_visit.order_by(VisitVersion.number))


def test_an_entry_is_public_at_once_and_waits_for_its_exit(visited: Visited):
    row = visited.row(visited.visit())
    assert (row.audience, row.state, row.exit_state) == ("public", "standing", "inside")
    assert row.visit_on == date(2026, 3, 2)
    assert (row.official_name, row.official_post) == ("Rojas Ejemplo Jorge", "Jefe")
    assert re.fullmatch(f"[{keys.ALPHABET}]{{10}}", row.code)
    assert row.search_text == (
        "quispe inventada ana rojas ejemplo jorge coordinacion de un convenio"
    )
    assert visited.row(visited.visit("demo")).audience == "demo"


def test_each_act_is_a_version_that_stays(visited: Visited, clock: Clock):
    visit_id = visited.visit()
    clock.forward(minutes=25)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        assert recording.leave(session, visit, actor_id=visited.people["operator"])
    clock.forward(minutes=5)
    with visited.writing() as session:
        recording.correct(
            session,
            session.get_one(Visit, visit_id),
            reason="Se escribió mal el motivo",
            actor_id=visited.people["operator"],
            seen=2,
            motive="Revisión de un expediente",
        )
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        assert recording.annul(
            session, visit, reason="Era una prueba", actor_id=visited.people["administrator"]
        )
    found = versions(visited, visit_id)
    assert [version.act for version in found] == ["entry", "exit", "correction", "annulment"]
    assert [version.number for version in found] == [1, 2, 3, 4]
    assert found[0].subject.data["motive"] == "Coordinación de un convenio"
    assert found[2].subject.data["motive"] == "Revisión de un expediente"
    assert found[2].reason == "Se escribió mal el motivo"
    assert found[3].facts["state"] == "annulled"
    row = visited.row(visit_id)
    assert (row.versions, row.state, row.exit_state) == (4, "annulled", "left")
    assert row.exit_at - row.entry_at == timedelta(minutes=25)


def test_a_form_that_is_sent_twice_is_one_visit(visited: Visited):
    first = visited.visit(submission="the-same")
    assert visited.visit(submission="the-same") == first
    assert visited.visit(submission="another") != first


def test_a_group_is_recorded_at_once(visited: Visited):
    with visited.writing() as session:
        entries = [
            visited.entry(session, name=f"Quispe Inventada {name}", document_number=number)
            for name, number in (("Ana", "00000501"), ("Luis", "00000502"))
        ]
        made = recording.enter(
            session,
            visited.register(session),
            entries,
            submission="group",
            actor_id=visited.people["operator"],
        )
        assert len({visit.group_code for visit in made}) == 1
        assert made[0].group_code
        assert len({visit.visitor_key for visit in made}) == 2


def test_an_impossible_visit_is_refused(visited: Visited):
    impossible: list[tuple[dict[str, Any], str]] = [
        ({"ago": -5}, "entry_at"),
        ({"ago": 60, "stayed": -10}, "exit_at"),
        ({"ago": 60, "stayed": 90}, "exit_at"),
        ({"ago": 60 * 24}, "observation"),
    ]
    for changed, field in impossible:
        with pytest.raises(Refused) as refused:
            visited.visit(**changed)
        assert refused.value.field == field
    with visited.reading() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 0


def test_an_official_who_left_the_post_cannot_be_visited(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        gone = [row for row in PERSONNEL if not row["surnames"].startswith("Rojas")]
        personnel.receive(session, register, gone, calendar.today() - timedelta(days=10))
    with pytest.raises(Refused) as refused:
        visited.visit()
    assert refused.value.field == "official"
    earlier = visited.row(visited.visit(ago=60 * 24 * 30, observation="late"))
    assert earlier.official_name == "Rojas Ejemplo Jorge"


def test_a_real_document_is_refused_in_a_demo_until_the_administrator_allows_it(visited: Visited):
    with pytest.raises(Refused):
        visited.visit("demo", document_number="41234567")
    with visited.writing() as session:
        visited.register(session, "demo").real_documents = True
    assert visited.visit("demo", document_number="41234567")


def test_a_ruc_with_a_real_number_is_refused_in_a_demo(visited: Visited):
    represents = {"kind": "private", "entity": "Negocio de Muestra"}
    with pytest.raises(Refused) as refused:
        visited.visit("demo", **represents, entity_ruc="10412345671")
    assert refused.value.field == "visitor_entity_ruc"
    visit_id = visited.visit("demo", **represents, entity_ruc="10000050191")
    with visited.writing() as session, pytest.raises(Refused):
        recording.correct(
            session,
            session.get_one(Visit, visit_id),
            reason="Otro",
            actor_id=None,
            seen=1,
            visitor_entity_ruc="10412345671",
        )
    assert visited.visit("production", **represents, entity_ruc="10412345671")


def test_the_rule_in_force_says_what_is_late(visited: Visited, clock: Clock):
    # Until July 2026 a visit registered after entry and exit is late; since then, on another day.
    with pytest.raises(Refused):
        visited.visit(ago=60, stayed=10)
    clock.set(lima("2026-09-01 10:00"))
    assert visited.row(visited.visit(ago=60, stayed=10)).observation == ""
    with pytest.raises(Refused):
        visited.visit(ago=60 * 24)


def test_a_visit_recorded_after_an_outage_gets_its_observation(visited: Visited):
    with visited.writing() as session:
        session.add(
            Outage(
                register_id=visited.register(session).id,
                from_at=calendar.now() - timedelta(hours=3),
                to_at=calendar.now() - timedelta(hours=1),
                cause="internal",
                declared_at=calendar.now(),
            )
        )
    inside = visited.row(visited.visit(ago=120, stayed=20))
    assert inside.observation == "outage_internal"
    assert visited.row(visited.visit(ago=0)).observation == ""


def test_all_visits_have_one_order_by_their_moment(visited: Visited):
    second = visited.row(visited.visit(ago=10))
    third = visited.row(visited.visit(ago=5))
    first = visited.row(visited.visit(ago=20))
    assert first.rank < second.rank < third.rank
    assert second.entry_at
    assert third.entry_at
    assert keys.first_rank(second.entry_at) <= second.rank < keys.first_rank(third.entry_at)


def test_a_correction_of_a_visit_that_changed_meanwhile_is_refused(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        recording.leave(session, session.get_one(Visit, visit_id), actor_id=None)
    with visited.writing() as session, pytest.raises(Refused):
        recording.correct(
            session,
            session.get_one(Visit, visit_id),
            reason="Tarde",
            actor_id=None,
            seen=1,
            motive="Otro",
        )


def test_an_exit_that_nobody_knows_has_no_hour(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        assert recording.leave_unknown(session, session.get_one(Visit, visit_id), actor_id=None)
    row = visited.row(visit_id)
    assert (row.exit_state, row.exit_at) == ("unknown", None)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        assert not recording.leave_unknown(session, visit, actor_id=None)
        assert not recording.leave(session, visit, actor_id=None)


@pytest.mark.nightly
def test_personnel_is_dated_by_the_presentations(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        moved = [
            row | ({"post": "Director"} if row["surnames"].startswith("Rojas") else {})
            for row in PERSONNEL
        ]
        personnel.receive(session, register, moved, date(2026, 2, 1))
    with visited.reading() as session:
        register = visited.register(session)
        chief = posts_of_rojas(session, register.id)
    assert chief == [("Jefe", SINCE, date(2026, 2, 1)), ("Director", date(2026, 2, 1), None)]


def posts_of_rojas(session: Session, register_id: int) -> list[tuple]:
    rows = session.execute(
        select(PostHolder.post, PostHolder.from_on, PostHolder.to_on)
        .where(PostHolder.register_id == register_id, PostHolder.surnames.startswith("Rojas"))
        .order_by(PostHolder.id)
    )
    return [tuple(row) for row in rows]


def test_the_search_text_follows_every_change(visited: Visited):
    visit_id = visited.visit()
    visited.correct(visit_id, visitor_name="Huamán Inventada Ana")
    engine = visited.app.extensions["engine"]
    if engine.dialect.name == "sqlite":
        with db.open_session(engine, writes=False) as session:
            match = text("select count(*) from visit_text where visit_text match :word")
            assert session.scalar(match, {"word": '"hua" AND "uam"'}) == 1
            assert session.scalar(match, {"word": '"qui" AND "uis"'}) == 0
    assert visited.row(visit_id).search_text.startswith("huaman inventada ana")
