"""The exits: what they change, what they refuse, and the entry that each writes about itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import FromClause, select, text
from sqlalchemy.exc import DBAPIError

from app.base import calendar, db
from app.base.db.protection import exits
from app.base.db.protection.declared import PROTECTED
from app.base.models import LogEntry
from tests.app.base.test_protection import filled, refused, rows
from tests.databases import ON_POSTGRESQL

pytestmark = pytest.mark.postgresql

__all__ = ["filled"]


def test_a_suppression_removes_its_fields_alone_and_logs_itself(filled: Flask):
    """Every field that may be suppressed is, in each table."""
    removals = []
    for one in PROTECTED:
        names = [*one.texts, *([f"{one.document}.name"] if one.document else [])]
        if one.is_suppressible:
            removals.append(exits.Removal(one.name, 1, names))
    with filled.app_context(), db.writing(filled) as session:
        before = rows(filled)
        exits.suppress(
            session, removals, reason="menor", actor_id=None, entity_id=None, at=calendar.now()
        )
    after = rows(filled)
    entry = dict(zip(columns_of(LogEntry.__table__), after["log"].pop(), strict=True))
    assert entry["kind"] == "protection.suppressed"
    assert entry["data"]["rows"][0] == {"table": "log", "row": 1, "fields": ["data.name"]}
    assert entry["data"]["reason"] == "menor"
    for one in PROTECTED:
        expected = dict(zip(columns_of(one.table), before[one.name][0], strict=True))
        expected |= dict.fromkeys(one.texts, "")
        if one.document:
            expected[one.document] = {"other": {"on": 1}}
        assert dict(zip(columns_of(one.table), after[one.name][0], strict=True)) == expected


def columns_of(table: FromClause) -> list[str]:
    return list(table.columns.keys())


def test_what_has_to_stay_is_not_suppressed(filled: Flask):
    before = rows(filled)
    for removal, reason in [
        (exits.Removal("log", 1, ("kind",)), "kind of log has to stay"),
        (exits.Removal("visit_version", 1, ("facts.official",)), "has to stay"),
        (exits.Removal("log", 2, ("data.name",)), "no row 2 in log"),
    ]:
        with (
            filled.app_context(),
            db.writing(filled) as session,
            pytest.raises(exits.CannotSuppress, match=reason),
        ):
            exits.suppress(
                session, [removal], reason="", actor_id=None, entity_id=None, at=calendar.now()
            )
        assert rows(filled) == before


def test_what_the_log_says_of_an_exit_is_not_suppressed(filled: Flask):
    """Otherwise a suppression could remove what the one before it removed, and where."""
    removal = exits.Removal("log", 1, ("data.name",))
    said: dict[str, Any] = {"actor_id": None, "entity_id": None, "at": calendar.now()}
    with filled.app_context(), db.writing(filled) as session:
        exits.suppress(session, [removal], reason="menor", **said)
    before = rows(filled)
    with filled.app_context(), db.writing(filled) as session:
        [number] = session.scalars(select(LogEntry.id).where(LogEntry.kind.like("protection.%")))
        trace = exits.Removal("log", number, ("data.rows",))
        with pytest.raises(exits.CannotSuppress, match="that may change"):
            exits.suppress(session, [trace], reason="", **said)
    with filled.extensions["engine"].connect() as connection:
        if connection.dialect.name == "postgresql":
            given = {"rows": json.dumps([{"table": "log", "row": number, "fields": ["data.rows"]}])}
            with pytest.raises(DBAPIError, match="no such row"):
                connection.execute(text(SUPPRESS), given)
    assert rows(filled) == before


SUPPRESS = "select exit_suppress(cast(:rows as json), '', null, null, now())"


@ON_POSTGRESQL
def test_the_function_itself_refuses_what_is_not_declared(filled: Flask):
    before = rows(filled)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"table": "log", "fields": ["kind"]}, "has to stay"),
        ({"table": "log", "fields": ["data"]}, "has to stay"),
        ({"table": "interest_act", "fields": ["reason", "code"]}, "has to stay"),
        ({"table": "visit_version", "fields": ["facts.official"]}, "has to stay"),
        (
            {"table": "log", "fields": [], "leaf": {"salts": {}, "suppressed": {"kind": "00"}}},
            "has to stay",
        ),
        ({"table": "issued_paper", "fields": []}, "no such row"),
        ({"table": "paper_act", "fields": ["number"]}, "no such row"),
        ({"table": "entity", "fields": ["name"]}, "no such row"),
        ({"table": "log; delete from log", "fields": []}, "no such row"),
        ({"table": "log", "row": 2, "fields": ["data.name"]}, "no such row"),
    ]
    for removal, said in cases:
        with (
            filled.extensions["engine"].begin() as connection,
            pytest.raises(DBAPIError, match=said),
        ):
            connection.execute(text(SUPPRESS), {"rows": json.dumps([{"row": 1, **removal}])})
        assert rows(filled) == before


@ON_POSTGRESQL
def test_no_search_path_leads_an_exit_to_other_tables(filled: Flask):
    """A caller's temporary tables and functions are not those that the owner's function uses."""
    with filled.extensions["engine"].begin() as connection:
        for statement in (
            "create temporary table log on commit drop as select * from log",
            "create function pg_temp.json_each(json) returns setof record language sql "
            "as 'delete from public.visit_version returning 1, 2'",
            "set local search_path = pg_temp, public",
        ):
            connection.exec_driver_sql(statement)
        removal = {"table": "log", "row": 1, "fields": ["data.name"]}
        connection.execute(text(SUPPRESS), {"rows": json.dumps([removal])})
        assert connection.scalar(text("select count(*) from pg_temp.log")) == 1
    after = rows(filled)
    first, *entries = (
        dict(zip(columns_of(LogEntry.__table__), one, strict=True)) for one in after["log"]
    )
    assert first["data"] == {"other": {"on": 1}}
    assert [one["kind"] for one in entries] == ["protection.suppressed"]
    assert len(after["visit_version"]) == 1


def test_a_suppression_that_fails_leaves_no_way_open(filled: Flask):
    """The rollback of the caller takes all back, and the next statement is refused again."""
    engine = filled.extensions["engine"]
    with filled.app_context(), db.open_session(engine) as session:
        exits.suppress(
            session,
            [exits.Removal("log", 1, ("data.name",))],
            reason="",
            actor_id=None,
            entity_id=None,
            at=calendar.now(),
        )
        assert refused(session.connection(), "update log set kind = 'other'")
        session.rollback()
    assert len(rows(filled)["log"]) == 1
