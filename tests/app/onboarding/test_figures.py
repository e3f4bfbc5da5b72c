"""Figures that a register gives to the process: the demo test, the first day of production."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import PostHolder, Visit
from app.ops.demo import visits as demo_visits
from app.register.registers import empty_days
from app.register.registers.evidence import FIGURES, demo_figures, published
from app.register.visits import recording
from tests.app.visited import Visited, lima

pytestmark = pytest.mark.postgresql

NOTHING = dict.fromkeys(FIGURES, 0)


def figures(visited: Visited) -> dict[str, int]:
    """Return the figures of the demo register."""
    with visited.reading() as session:
        return dict(demo_figures(session, visited.register(session, "demo")))


def test_an_empty_demo_shows_nothing(visited: Visited):
    assert figures(visited) == NOTHING


def test_each_function_counts_in_its_own_figure(visited: Visited):
    first = visited.visit("demo", ago=60)
    assert figures(visited) == NOTHING | {"operators": 1}, "nobody has left yet"
    with visited.writing() as session:
        recording.leave(session, session.get_one(Visit, first), actor_id=None)
    assert figures(visited)["visits"] == 1
    second = visited.visit("demo", ago=30, stayed=10, observation="late", by="operator")
    assert figures(visited)["late_entries"] == 1
    with visited.writing() as session:
        visit = session.get_one(Visit, second)
        for place in ("Oficina 1", "Oficina 2"):
            recording.correct(
                session, visit, reason="Otro lugar", actor_id=None, seen=visit.versions, place=place
            )
    assert figures(visited)["corrections"] == 1, "a visit counts once"
    with visited.writing() as session:
        register = visited.register(session, "demo")
        demo_visits.note_event(session, register, "search", visited.people["preparer"])
        demo_visits.note_event(session, register, "download", visited.people["preparer"])
        demo_visits.note_event(session, register, "download", visited.people["preparer"])
    assert figures(visited) == {
        "visits": 2,
        "operators": 1,
        "corrections": 1,
        "late_entries": 1,
        "searches": 1,
        "downloads": 2,
    }


def test_an_annulled_visit_or_one_without_exit_is_not_complete(visited: Visited):
    gone = visited.visit("demo", ago=60, stayed=5, observation="late")
    unknown = visited.visit("demo", ago=50)
    with visited.writing() as session:
        recording.annul(session, session.get_one(Visit, gone), reason="Era otra", actor_id=None)
        recording.leave_unknown(session, session.get_one(Visit, unknown), actor_id=None)
    assert figures(visited)["visits"] == 0


def test_only_operators_of_the_personnel_count_as_such(visited: Visited):
    visited.visit("demo", by="operator")
    visited.visit("demo", by="operator2")
    visited.visit("demo", by="operator2")
    assert figures(visited)["operators"] == 1, "the other one is not of the SIP-RVL-002"
    with visited.writing() as session:
        number = visited.user(session, "operator2").document_number
        register = visited.register(session, "demo")
        one = session.scalars(
            select(PostHolder).where(
                PostHolder.register_id == register.id, PostHolder.surnames.startswith("Rojas")
            )
        ).one()
        one.document_number, one.profile = number, "administrator"
        one_id = one.id
    assert figures(visited)["operators"] == 1, "an administrator is no operator"
    visited.change(PostHolder, one_id, profile="operator")
    assert figures(visited)["operators"] == 2


def test_demo_and_production_are_counted_separately(
    visited: Visited,
):
    visited.visit("production", ago=60, stayed=5, observation="late")
    assert figures(visited) == NOTHING
    visited.visit("demo", ago=60, stayed=5, observation="late")
    with visited.reading() as session:
        assert published(session, visited.register(session, "demo"), date(2026, 1, 1)) == []


def test_the_first_visit_since_a_day_is_found_and_the_first_day_without_any(visited: Visited):
    def found(since: date) -> list[tuple[str, date]]:
        with visited.reading() as session:
            register = visited.register(session)
            return [(one.kind, one.on) for one in published(session, register, since)]

    today = calendar.today()
    assert found(today) == []
    visited.visit(entry_at=lima("2026-02-27 10:00"), observation="late")
    assert found(today) == [], "it was before"
    visited.visit(ago=30)
    with visited.writing() as session:
        empty_days.declare(session, visited.register(session), date(2026, 2, 28), None)
    assert found(today) == [("first_visit", today)]
    assert found(date(2026, 2, 1)) == [
        ("first_visit", date(2026, 2, 27)),
        ("without_visits", date(2026, 2, 28)),
    ]


def test_imported_annulled_and_reserved_visits_prove_no_publication(visited: Visited):
    ids = [visited.visit(ago=minutes) for minutes in (30, 20, 10)]
    with visited.writing() as session:
        imported, annulled, reserved = (session.get_one(Visit, one) for one in ids)
        imported.source = "official_platform"
        reserved.audience = "reserved"
        recording.annul(session, annulled, reason="Era otra", actor_id=None)
    with visited.reading() as session:
        assert published(session, visited.register(session), calendar.today()) == []
