"""The chain of hashes: what is closed fits, and whatever changes afterwards is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.db import chain
from app.base.db.chain import closing
from app.base.db.chain.declared import CHAINED
from app.base.db.protection import exits
from app.base.models import (
    Base,
    ChainClosing,
    ChainLeaf,
    Entity,
    IssuedPaper,
    LogEntry,
    VisitSubject,
)
from tests.app.together import killed, together
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.databases import ON_POSTGRESQL, ON_SQLITE, behind_the_back

pytestmark = pytest.mark.postgresql

CODE = "0123456789ABCDEF"
NAME = "Quispe Inventada Ana"


class Chained(Visited):
    """A register with a visit, a log and an issued paper; what is in it is closed and checked."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.visit(name=NAME)
        with self.writing() as session:
            entity_id = session.scalars(select(Entity.id)).one()
            audit_log.write(session, "entity.noted", actor_id=None, entity_id=entity_id, note=NAME)
            paper = {"kind": "oficio", "document": "oficio", "sha256": "0" * 64, "size": 1}
            session.add(
                IssuedPaper(code=CODE, entity_id=entity_id, issued_at=calendar.now(), **paper)
            )

    @classmethod
    def on(cls, app: Flask) -> Chained:
        """Return the same for an installation that has all this."""
        made = object.__new__(cls)
        Visited.__init__(made, app)
        return made

    def close(self, **given: Any) -> int:
        """Close the rows of now."""
        now = calendar.now()
        return chain.close(self.engine, db.never, now, calendar.lima_day(now), **given)

    def faults(self) -> list[str]:
        """Return the messages of a whole check."""
        return [str(fault) for fault in chain.check_all(self.engine)]

    def log_entry(self) -> int:
        """Return the id of the entry with a name."""
        query = select(LogEntry.id).where(LogEntry.kind == "entity.noted")
        return self.one(query.order_by(LogEntry.id).limit(1))

    def newest(self) -> int:
        """Return the number of the newest closing."""
        with self.reading() as session:
            return chain.read(session).number


@pytest.fixture
def chained(app: Flask, clock: Clock) -> Chained:
    return Chained(app)


def rows_of(session: Session, table: Table) -> list[Mapping[str, Any]]:
    return [dict(row) for row in session.execute(select(table)).mappings()]


@contextmanager
def behind(chained: Chained, model: type[Base], change: Callable[[Table], Any]) -> Iterator[None]:
    """Change a table behind the application's back; put its rows back afterwards."""
    table = Base.metadata.tables[model.__tablename__]
    with behind_the_back(chained.app) as connection:
        before = rows_of(connection, table)
        connection.execute(change(table))
        assert rows_of(connection, table) != before
    yield
    keys = [column.name for column in table.primary_key]
    with behind_the_back(chained.app) as connection:
        there = {tuple(row[key] for key in keys) for row in rows_of(connection, table)}
        for row in before:
            if (key := tuple(row[key] for key in keys)) in there:
                same = [table.c[name] == value for name, value in zip(keys, key, strict=True)]
                connection.execute(update(table).where(*same).values(row))
            else:
                connection.execute(insert(table).values(row))


def is_first(column: Any) -> Any:
    return column == select(func.min(column)).scalar_subquery()


def with_data(data: dict[str, Any], table: Table) -> Any:
    return update(table).values(data=data)


def of_paper(table: Table) -> Any:
    return update(table).values(sha256="1" + "0" * 63)


def test_a_row_that_claims_to_be_old_is_named_and_never_closed(chained: Chained):
    chained.close()
    now = calendar.now()
    old = {"at": now, "kind": "entity.noted", "data": {}, "written_in": 3}
    with chained.writing() as session:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        made = old | ({"id": -1} if on_sqlite else {})  # there the ids say it
        row = session.scalars(insert(LogEntry).returning(LogEntry.id), made).one()
    assert chained.close() == 0
    assert chained.faults() == [f"log {row} is in no closing, although it claims to be old enough"]


@ON_POSTGRESQL
def test_an_open_transaction_is_closed_the_next_night(chained: Chained):
    with chained.engine.connect() as open_one:
        early = open_one.execute(
            text("insert into log (at, kind, data) values (now(), 'early', '{}') returning id")
        ).scalar_one()
        with chained.writing() as session:
            audit_log.write(session, "later", actor_id=None)
        before = chained.close()
        open_one.commit()
    assert before > 0
    kinds = select(LogEntry.kind).where(closing.unlisted(CHAINED["log"]))
    assert set(chained.all(kinds)) == {"early", "later"}
    assert chained.faults() == []
    assert chained.close() == 2
    assert chained.faults() == []
    assert chained.get(ChainLeaf, ("log", str(early))).closing_number == chained.newest()


def test_a_closing_goes_on_where_it_was_stopped(chained: Chained):
    calls = iter([False, False, True])
    now = calendar.now()
    first = chain.close(chained.engine, lambda: next(calls), now, now.date(), step=2)
    assert (first, chained.newest()) == (4, 2)
    rest = chained.close(step=2)
    assert chained.faults() == []
    leaves = len(chained.all(select(ChainLeaf.row_id)))
    rows = sum(len(chained.all(select(one.id))) for one in CHAINED.values())
    assert first + rest == leaves == rows


@pytest.mark.nightly
def test_a_killed_closing_leaves_whole_ones(chained: Chained):
    assert killed(chained.app, lambda: chained.close(step=2), "before_commit", number=5)
    assert chained.newest() == 1
    assert chained.faults() == []
    chained.close(step=2)
    assert chained.faults() == []
    assert not any(
        chained.all(select(one.id).where(closing.unlisted(one))) for one in CHAINED.values()
    )


@pytest.mark.nightly
def test_two_closings_at_once_enter_each_row_once(chained: Chained):
    counts = together(lambda: chained.close(step=3), lambda: chained.close(step=3))
    assert sum(counts) == len(chained.all(select(ChainLeaf.row_id)))
    assert chained.faults() == []


@pytest.mark.nightly
def test_a_suppressed_field_leaves_the_chain_valid_and_stays_away(chained: Chained):
    chained.close()
    (version,) = chained.all(select(VisitSubject.version_id))
    for name in ("visitor_name", "motive"):
        with chained.writing() as session:
            gone = chain.removal(session, "visit_subject", version, [f"data.{name}"])
            said: Any = {
                "reason": "minor",
                "actor_id": None,
                "entity_id": None,
                "at": calendar.now(),
            }
            exits.suppress(session, [gone], **said)
            assert name not in session.get_one(VisitSubject, version).data
        assert chained.faults() == []
    leaf = chained.get(ChainLeaf, ("visit_subject", str(version)))
    assert leaf.salt is None
    assert leaf.suppressed.keys() == {"data.visitor_name", "data.motive"}
    assert not leaf.suppressed.keys() & leaf.salts.keys()
    data = chained.get(VisitSubject, version).data
    named = f"visit_subject {version} is not as it was when closing 1 entered it"
    for changed in (data | {"visitor_name": NAME}, data | {"place": "Oficina 202"}):
        with behind(chained, VisitSubject, partial(with_data, changed)):
            assert chained.faults() == [named]


def test_only_what_is_closed_and_declared_can_be_suppressed(chained: Chained):
    with chained.writing() as session:
        assert chain.change_of(session, "log", chained.log_entry(), ["data.note"]) is None
    chained.close()
    with chained.writing() as session, pytest.raises(ValueError, match="act"):
        chain.removal(session, "visit_version", 1, ["act"])


@pytest.mark.nightly
def test_the_night_stores_what_does_not_fit_and_large_chains_take_several(chained: Chained):
    chained.close(step=2)
    engine, now = chained.engine, calendar.now()
    with behind(chained, IssuedPaper, of_paper):
        found: list[tuple[int, datetime | None]] = []
        while not found or not found[-1][1]:
            chain.check(engine, db.never, now, most=2)
            with chained.reading() as session:
                standing = chain.read(session)
                found.append((len(standing.faults), standing.checked_at))
        assert len(found) == chained.newest()
        assert found[-1] == (1, now)
        assert [one.row_id for one in standing.faults] == [CODE]
    assert chain.check(engine, db.never, now) == 0


def test_a_noted_hash_shows_a_chain_that_was_made_anew(chained: Chained):
    chained.close()
    with chained.reading() as session:
        noted = (chain.read(session).number, chain.read(session).hash)
    assert list(chain.check_all(chained.engine, noted)) == []
    with behind_the_back(chained.app) as session:
        session.execute(delete(ChainLeaf))
        session.execute(delete(ChainClosing))
        session.execute(update(IssuedPaper).values(sha256="1" * 64))
    chain.check(chained.engine, db.never, calendar.now())
    with chained.engine.begin() as connection:
        chain.forget_numbers(connection)
    chained.close()
    assert chained.faults() == []
    [fault] = chain.check_all(chained.engine, noted)
    assert str(fault) == "closing 1 does not have the noted hash"


@ON_SQLITE
def test_a_value_that_is_no_json_any_more_is_named(chained: Chained):
    chained.close()
    with behind_the_back(chained.app) as session:
        session.execute(text("update visit_subject set data = substr(data, 2)"))
        session.execute(text("update chain_closing set at = 'x'"))
    assert chained.faults() == ["closing 1: its list of rows or its values are not as they were"]
    with behind_the_back(chained.app) as session:
        session.execute(text("update chain_closing set at = '2026-03-02 13:00:00.000000'"))
    [fault] = chained.faults()
    assert fault.startswith("visit_subject ")


def test_numbers_of_another_cluster_say_nothing(chained: Chained):
    chained.close()
    with behind_the_back(chained.app) as session:
        closing.state(session).bound = 10**15
        audit_log.write(session, "later", actor_id=None)
        session.flush()
        later = update(LogEntry).where(LogEntry.kind == "later").values(written_in=10**14)
        session.execute(later)
    assert chained.faults() == []
    assert chained.close() == 1
    assert chained.faults() == []
