"""Requests have a time limit in the database, and say what to do when it ends them."""

from __future__ import annotations

import time

import pytest
from flask import Flask, Response
from sqlalchemy import Engine, Select, event, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.base import db, request_limits
from app.base.db.statement_limits import (
    FORM_SECONDS,
    OPTION,
    PAGE_SECONDS,
    STAFF_SECONDS,
    TooSlow,
    interrupted_after,
    was_interrupted,
)
from app.base.models import Entity
from app.people import access
from app.people.access.pages import PUBLIC
from app.register.export import tables, writers
from app.register.export.writers import Table
from app.register.facts.columns import Column
from tests.app import cast
from tests.app.visited import CODE, Visited
from tests.databases import ON_POSTGRESQL

pytestmark = pytest.mark.postgresql

#: Public pages that search no register: they read a row by its key, or one roster, to follow one
#: of its posts.
WITHOUT_SEARCH = frozenset(
    "accounts health manual provider public receipts rights sending static verification".split()
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit statements to a fifth of a second."""
    for name in ("PAGE_SECONDS", "STAFF_SECONDS", "FORM_SECONDS"):
        monkeypatch.setattr(request_limits, name, 0.2)
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


DESK = f"/registro/{CODE}/produccion"


@pytest.mark.parametrize(
    ("endpoint", "address", "who"),
    [("desk.show", DESK, "operator"), ("people.list_people", "/personas", "superuser")],
)
def test_a_desk_or_a_page_that_takes_too_long_says_to_try_again(
    visited: Visited, caplog: pytest.LogCaptureFixture, endpoint: str, address: str, who: str
):
    app = visited.app
    question = slow(app.extensions["engine"])
    app.view_functions[endpoint] = lambda **_: str(db.session().scalar(question))
    answer = visited.browser(who).get(address)
    assert answer.status_code == 503
    assert "Esta página tomó demasiado tiempo" in answer.text
    assert "Recarga la página" in answer.text
    assert "a page took the database too long" in caplog.text


@pytest.mark.nightly
def test_a_form_that_takes_too_long_stores_nothing(visited: Visited):
    app = visited.app
    engine = app.extensions["engine"]
    bound = is_server(engine)  # on SQLite a form may act on many rows in one transaction
    question = slow(engine) if bound else slow(engine, 3_000_000)

    def act() -> Response:
        cast.entity(db.session(), "E90003")
        db.session().flush()
        db.session().scalar(question)
        db.session().commit()
        return Response("done", mimetype="text/plain")

    app.view_functions["accounts.sign_in"] = act
    answer = visited.browser().post("/ingresar")
    assert answer.status_code == (503 if bound else 200)
    assert ("No se guardó nada" in answer.text) == bound
    with visited.reading() as session:
        assert (session.scalar(select(Entity).where(Entity.code == "E90003")) is None) == bound


def test_a_desk_has_the_limit_also_for_its_forms(visited: Visited):
    app = visited.app
    question = slow(app.extensions["engine"])
    app.view_functions["desk.show"] = lambda **_: str(db.session().scalar(question))
    answer = visited.browser("operator").post(DESK)
    assert answer.status_code == 503
    assert "No se guardó nada" in answer.text


@ON_POSTGRESQL
def test_the_limit_begins_with_the_transaction_and_costs_no_message(visited: Visited):
    """On PostgreSQL, BEGIN and the limit are one message; also where the connection is special."""
    engine: Engine = visited.engine
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    for options, more in (({}, 0), ({"isolation_level": "REPEATABLE READ"}, 1)):
        sent.clear()
        with engine.connect().execution_options(**{OPTION: 7.0, **options}) as connection:
            limit = connection.scalar(text("show statement_timeout"))
            assert limit == "7s"
        assert len(sent) == 1 + more
    with engine.connect() as connection:
        assert connection.scalar(text("show statement_timeout")) == "0"


@ON_POSTGRESQL
@pytest.mark.parametrize("options", [{}, {"isolation_level": "REPEATABLE READ"}])
def test_pages_of_staff_are_planned_for_rows_found_by_an_index(
    visited: Visited, options: dict[str, str]
):
    engine: Engine = visited.engine
    with engine.connect() as connection:
        usual = connection.scalar(text("show random_page_cost"))
    for seconds, cost in ((PAGE_SECONDS, usual), (STAFF_SECONDS, "1.1"), (FORM_SECONDS, "1.1")):
        with engine.connect().execution_options(**{OPTION: seconds, **options}) as connection:
            assert connection.scalar(text("show random_page_cost")) == cost
    with engine.connect() as connection:
        assert connection.scalar(text("show random_page_cost")) == usual


@ON_POSTGRESQL
def test_a_server_that_went_away_is_an_error_of_the_database(visited: Visited):
    engine: Engine = visited.engine
    with engine.connect().execution_options(**{OPTION: 7.0}) as connection:
        connection.connection.driver_connection.pgconn.finish()
        with pytest.raises(DBAPIError):
            connection.scalar(select(1))


@pytest.mark.nightly
@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_file_whose_rows_do_not_come_says_to_ask_for_less(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, ending: str
):
    engine = visited.engine
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


def test_a_statement_that_begins_after_its_time_is_interrupted(visited: Visited):
    """On a busy machine, the time may be over before the database begins."""
    engine = visited.engine

    def begin_late() -> None:
        with engine.connect() as connection, interrupted_after(connection, 0.01):
            time.sleep(0.1)
            connection.scalar(slow(engine))

    with pytest.raises(TooSlow):
        begin_late()
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1


@pytest.mark.nightly
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
    assert declared.public_reading | declared.desks <= set(app.blueprints)
    assert {"desk", "closing", "agenda"} <= declared.desks
    assert {"past.upload", "tasks.show"} <= {*declared.uploads, *declared.rosters}
    assert {*declared.uploads, *declared.rosters} <= set(app.view_functions)
