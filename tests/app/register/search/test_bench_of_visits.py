"""The filled register of the bench is a register: its rows are as the desk would write them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import PostHolder, Register, RegisterMonth, Visit
from app.register import quality, search
from app.register.facts import shapes
from app.register.search.query import Query
from tests.bench import filled_visits, invented, measures_of_records
from tests.bench.measures_of_visits import COLUMNS, NOWHERE, QUERIES
from tests.drill import desks_verdict

VISITS = 2_000


@pytest.fixture
def filled(app: Flask) -> Flask:
    """Return a small filling."""
    filled_visits.fill_register(app, VISITS, entities=12)
    return app


def look(app: Flask) -> Session:
    """Return a view of it."""
    return db.open_session(app.extensions["engine"], writes=False)


@pytest.mark.nightly
def test_its_rows_are_visits_of_the_register(filled: Flask):
    with filled.app_context(), look(filled) as session:
        visits = session.scalars(select(Visit).order_by(Visit.id)).all()
        assert list(desks_verdict.inconsistent(session)) == []
        register_of = {one.id: one.register_id for one in session.scalars(select(PostHolder))}
        assert len(visits) == VISITS
        assert {register_of[visit.official_id or 0] for visit in visits} == set(
            register_of.values()
        )
        assert all(register_of[visit.official_id or 0] == visit.register_id for visit in visits)
    exits = Counter(visit.exit_state for visit in visits)
    assert exits["left"] / VISITS == pytest.approx(2 / 3, abs=0.05)
    assert sum(visit.interest for visit in visits) / VISITS == pytest.approx(0.02, abs=0.01)
    visitors = Counter(visit.visitor_name for visit in visits)
    assert VISITS / len(visitors) == pytest.approx(filled_visits.TIMES, abs=0.5)


@pytest.mark.nightly
def test_half_of_its_visits_count_for_the_figures_of_a_month(filled: Flask):
    with filled.app_context(), db.writing(filled) as session:
        assert quality.count(session, date(2026, 4, 1))
        counted = session.scalar(select(func.sum(RegisterMonth.visits)))
        imported = session.scalar(select(func.count()).where(Visit.source == "official_platform"))
    assert counted is not None
    assert counted > 0
    assert (imported or 0) / VISITS == pytest.approx(1 / 2, abs=0.05)


@pytest.mark.nightly
def test_its_export_is_read_without_a_remark(filled: Flask):
    with filled.app_context(), look(filled) as session:
        register = session.scalars(select(Register).order_by(Register.id)).first()
        assert register is not None
        days = [filled_visits.FIRST - timedelta(days=n) for n in range(200)]
        officials = filled_visits.personnel_of(session, register)
        content = filled_visits.csv_file([register.entity.name], officials, days)
    with filled.app_context(), db.writing(filled) as session:
        target = session.get_one(Register, register.id)
        assert measures_of_records.import_file(session, target, content) == len(days)


@pytest.mark.nightly
def test_the_questions_of_the_bench_find_something_there(filled: Flask):
    with look(filled) as session:
        for line in QUERIES.read_text("utf-8").splitlines():
            kind, _, words = line.partition(" ")
            if kind != "#":
                found = search.page(session, Query.of({"q": words}))
                assert bool(found.rows) != kind.endswith(NOWHERE), line


def test_each_kind_of_question_has_at_least_25_different_ones():
    lines = [line.partition(" ") for line in QUERIES.read_text("utf-8").splitlines()]
    kinds = Counter(kind for kind, _, _ in set(lines) if not kind.endswith(NOWHERE))
    del kinds["#"]
    assert kinds.keys() == {"full_name", "surname_newest", "prefixes", "fragment"}
    assert min(kinds.values()) >= 25


def test_the_floor_of_the_export_has_as_many_columns_as_the_export():
    assert len(COLUMNS) == len(shapes.OPEN)


def test_the_commonest_surname_is_in_three_of_a_hundred_rows():
    (name, times), *_ = Counter(invented.OF_SURNAMES).most_common(1)
    # Two surnames of visitors, two of officials.
    in_a_row = 1 - (1 - times / invented.TABLE) ** 4
    assert name == ("QUISPE", "quispe")
    assert in_a_row == pytest.approx(0.03, abs=0.003)
