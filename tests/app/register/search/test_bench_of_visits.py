"""The filled register of the bench is a register: its rows are as the desk would write them."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import Official, Register, Reservation, Visit
from app.register import search
from app.register.facts import keys, shapes
from app.register.facts.declared import FACTS, SUBJECT
from app.register.search.query import Query
from app.register.visits import writing
from tests.bench import filled_visits, invented, visit_rows
from tests.bench.measures_of_visits import NOWHERE, QUERIES
from tests.bench.measures_of_visits_exported import COLUMNS
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


def test_a_filling_has_the_number_of_visits_and_their_other_rows(filled: Flask):
    with look(filled) as session:
        kinds = Counter(map(tuple, session.execute(select(Visit.audience, Visit.state))))
        exits = Counter(session.scalars(select(Visit.exit_state)))
        assert session.scalar(select(func.count()).select_from(Reservation)) == 2
        interests = session.scalar(select(func.count()).where(Visit.interest.is_(True)))
        last = session.scalar(select(func.max(Visit.id)))
        assert next(iter(keys.next_ids(session, 1))) == last + 1
    assert kinds.pop(("public", "standing")) == VISITS
    assert kinds == {
        ("demo", "standing"): 4,
        ("public", "annulled"): 4,
        ("reserved", "standing"): 2,
    }
    assert exits["left"] / exits.total() == pytest.approx(2 / 3, abs=0.05)
    assert interests / VISITS == pytest.approx(0.02, abs=0.01)


def test_its_rows_are_what_the_desk_would_write(filled: Flask):
    with filled.app_context(), look(filled) as session:
        visits = session.scalars(select(Visit).order_by(Visit.id)).all()
        assert list(desks_verdict.inconsistent(session)) == []
        register_of = {one.id: one.register_id for one in session.scalars(select(Official))}
        environment_of = {one.id: one.environment for one in session.scalars(select(Register))}
        assert [visit.id for visit in visits] == list(range(1, len(visits) + 1))
        for visit in visits:
            row = {name: getattr(visit, name) for name in (*FACTS, *SUBJECT)}
            assert visit.search_text == writing.search_text(row)
            assert visit.entry_at is not None
            assert visit.rank == keys.rank(visit.entry_at, visit.id)
            assert visit.visitor_key == keys.visitor_key(visit.document_type, visit.document_number)
            assert register_of[visit.official_id or 0] == visit.register_id
            assert (environment_of[visit.register_id] == "demo") == (visit.audience == "demo")


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


def test_codes_of_a_filling_never_repeat():
    codes = {visit_rows.code(number) for number in range(20_000)}
    assert len(codes) == 20_000
    assert all(len(code) == keys.CODE_LENGTH and set(code) <= set(keys.ALPHABET) for code in codes)
