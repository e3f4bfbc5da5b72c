"""Public requests have a time limit, and say how to request less; no other request has one."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, Select, func, literal_column, select, text
from sqlalchemy.exc import OperationalError

from app.base import db, request_limits
from app.base.db.statement_limits import was_interrupted
from app.people import access
from app.people.access.pages import PUBLIC
from app.register.export import tables, writers
from app.register.export.writers import Table
from app.register.facts.columns import Column
from tests.app.visited import Visited
from tests.conftest import Clock

pytestmark = pytest.mark.both_databases

#: Public pages that search no register: they read a row by its key, the texts of the help, or one
#: roster, to follow one of its posts.
WITHOUT_SEARCH = frozenset(
    "accounts health help_texts manual public receipts sending static subscriptions "
    "verification".split()
)


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    return Visited(app)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit statements to a fifth of a second."""
    monkeypatch.setattr(request_limits, "PAGE_SECONDS", 0.2)
    monkeypatch.setattr(writers, "FILE_SECONDS", 0.2)


def slow(engine: Engine, rows: int = 500_000_000) -> Select[int]:
    """Return a select that takes minutes, of one number."""
    if engine.dialect.name == "postgresql":
        return select(func.count()).select_from(text(f"generate_series(1, {rows})"))
    numbers = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < rows))
    return select(func.count(numbers.c.n))


def test_a_public_page_that_takes_too_long_says_to_ask_for_less(visited: Visited):
    app = visited.app
    question = slow(app.extensions["engine"])
    app.view_functions["coverage.show"] = lambda: str(db.session().scalar(question))
    answer = visited.browser("sgtd").get("/cobertura")
    assert answer.status_code == 503
    assert "La búsqueda tomó demasiado tiempo" in answer.text
    assert "Persona" in answer.text, "who is signed in still is"


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_file_whose_rows_do_not_come_says_to_ask_for_less(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, ending: str
):
    engine = visited.app.extensions["engine"]
    numbers = slow(engine).scalar_subquery()
    rows = select(numbers.label("n")).where(numbers > 0)
    table = Table((Column("n", "integer", "Un número.", expression=lambda _: numbers),), rows)
    monkeypatch.setattr(tables, "coverage", lambda *_: table)
    for _ in range(2):
        with visited.browser().get(f"/cobertura.{ending}") as answer:
            assert answer.status_code == 503
            assert ("detail" if ending == "json" else "tomó demasiado tiempo") in answer.get_data(
                as_text=True
            )
    assert engine.pool.checkedout() == 0


def test_a_limit_ends_with_its_page(visited: Visited):
    """Check that the next statement on the same connection has no limit."""
    app = visited.app
    engine: Engine = app.extensions["engine"]
    with app.test_request_context("/visitas"):
        app.preprocess_request()
        with pytest.raises(OperationalError) as fault:
            db.session().scalar(slow(engine))
        assert was_interrupted(fault.value)
        db.session().close()
    seconds = select(func.pg_sleep(0.5)) if is_server(engine) else slow(engine, 3_000_000)
    with db.open_session(engine, writes=False) as session:
        session.execute(seconds)


def is_server(engine: Engine) -> bool:
    """Return whether the database is PostgreSQL."""
    return engine.dialect.name == "postgresql"


def test_every_public_page_is_bounded_or_searches_nothing(app: Flask):
    public = {name.partition(".")[0] for name, rule in access.pages.PAGES.items() if rule == PUBLIC}
    bounded = request_limits.limits_of(app).public_reading
    assert public == bounded | WITHOUT_SEARCH
    assert bounded.isdisjoint(WITHOUT_SEARCH)


def test_limits_are_declared_for_pages_that_exist(app: Flask):
    declared = request_limits.limits_of(app)
    assert declared.public_reading <= set(app.blueprints)
    assert {"past.check", "tasks.show"} <= {*declared.uploads, *declared.rosters}
    assert {*declared.uploads, *declared.rosters} <= set(app.view_functions)
