"""A condition on a list of any length."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.db.membership import among, among_values
from app.base.models import Entity, Task
from tests.app.cast import entity
from tests.statements import statements, statements_with_values

pytestmark = pytest.mark.postgresql
#: More values than PostgreSQL takes parameters.
MANY = range(1_000_000, 1_070_000)


def test_a_list_may_be_longer_than_a_statement_has_parameters(app: Flask):
    with app.app_context(), db.writing(app) as session:
        one = entity(session)
        for ids, found in (([one.id, *MANY], [one]), (MANY, []), ([], [])):
            assert list(session.scalars(select(Entity).where(among(Entity.id, ids)))) == found


def test_a_statement_gets_its_values_when_it_is_executed(app: Flask):
    query = select(Entity.id).where(among_values(Entity.id, "wanted"))
    with app.app_context(), db.writing(app) as session:
        one = entity(session)
        assert session.scalar(query, {"wanted": [one.id]}) == one.id
        assert session.scalar(query, {"wanted": []}) is None


def test_lists_of_all_lengths_are_one_statement(app: Flask):
    engine = app.extensions["engine"]
    with app.app_context(), db.writing(app) as session, statements(engine) as sent:
        for ids in ([1], [1, 2], list(MANY)):
            session.execute(select(Task.id).where(among(Task.instance_id, ids)))
        found = [one for one in sent if one.startswith("SELECT")]
        assert (len(found), len(set(found))) == (3, 1)


def test_a_list_is_looked_up_in_an_index(app: Flask):
    engine = app.extensions["engine"]
    query = select(Task.id).where(among(Task.instance_id, [1]), Task.step != "x")
    with statements_with_values(engine) as sent, db.open_session(engine) as session:
        assert not session.scalars(query).all()
    ((statement, values),) = [one for one in sent if one[0].startswith("SELECT")]
    with engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is empty
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", values)
        plan = "\n".join(str(row[-1]) for row in rows)
    assert re.search(r"ix_task_instance_id_step.*instance_id ?=", plan, re.DOTALL)
