"""Visits and roles that were changed behind the product's back are found at night."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import ColumnElement, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import chain
from app.base.models import Entity, Grant, Visit, VisitSubject, VisitVersion
from app.people import access
from app.register import watching
from tests.app.visited import Visited
from tests.conftest import MONDAY
from tests.databases import behind_the_back

pytestmark = pytest.mark.postgresql


#: The columns of a grant that is copied for another role.
COPIED = ("user_id", "role", "since_at")


def found(visited: Visited) -> list[str]:
    """Return what the night finds, without numbers."""
    watching.watch(visited.engine, db.never)
    return visited.read(watching.altered)


def change(visited: Visited, *statements: Any) -> None:
    """Change rows as no part of the code does."""
    with behind_the_back(visited.app) as session:
        for statement in statements:
            session.execute(statement)


@pytest.mark.parametrize(
    "values",
    [
        {"motive": "Otro"},
        {"audience": "reserved"},
        {"visitor_name": "Otra Inventada Eva"},
        {"exit_state": "unknown"},
        {"versions": 2},
        {"rank": 1},
        {"search_text": ""},
    ],
    ids=str,
)
def test_a_visit_is_its_newest_version(visited: Visited, values: dict[str, object]):
    first, _ = visited.visit(), visited.visit(document_number="00000502")
    assert found(visited) == []
    before = visited.get(Visit, first)
    change(visited, update(Visit).where(Visit.id == first).values(values))
    assert found(visited) == [f"visit {first}"]
    with visited.reading() as session:
        assert str(first) not in watching.sentences(session)
        assert watching.ALARM in watching.sentences(session)
    was = {name: getattr(before, name) for name in values}
    change(visited, update(Visit).where(Visit.id == first).values(was))
    assert found(visited) == []


def test_a_version_that_is_gone_is_found_and_a_round_goes_on(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watching, "BLOCK", 1)
    ids = [visited.visit(document_number=f"0000050{number}") for number in range(3)]
    of_last = VisitVersion.visit_id == ids[-1]
    change(
        visited,
        delete(VisitSubject).where(
            VisitSubject.version_id.in_(select(VisitVersion.id).where(of_last))
        ),
        delete(VisitVersion).where(of_last),
    )
    for expected in ([], [], [f"visit {ids[-1]}"]):
        watching.watch(visited.engine, lambda: True)
        assert visited.read(watching.altered) == expected


def is_of(visited: Visited, name: str) -> ColumnElement[bool]:
    return Grant.user_id == visited.people[name]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (lambda ours: update(Grant).where(ours("operator")).values(role="superuser"), 2),
        (lambda ours: update(Grant).where(ours("superuser")).values(until_at=MONDAY), 1),
        (lambda ours: delete(Grant).where(ours("auditor")), 1),
        (lambda ours: insert(Grant).from_select(COPIED, another(ours("superuser"))), 1),
    ],
    ids=["other", "ended", "deleted", "added"],
)
def test_a_role_is_what_the_log_says(
    visited: Visited, statement: Callable[[Any], Any], expected: int
):
    with visited.writing() as session:
        access.revoke(session, visited.user(session, "operator2"), "operator", place(session), None)
    assert found(visited) == []
    change(visited, statement(partial(is_of, visited)))
    assert len(found(visited)) == expected
    assert all(line.startswith("role ") for line in found(visited))


def another(which: ColumnElement[bool]) -> Any:
    return select(Grant.user_id, literal("auditor"), Grant.since_at).where(which)


def place(session: Session) -> Entity:
    return session.scalars(select(Entity)).one()


def test_the_newest_closing_is_in_the_open_data_and_in_mails_of_the_pcm(visited: Visited):
    visited.visit()
    now = calendar.now()
    chain.close(visited.engine, db.never, now, calendar.lima_day(now))
    noted = visited.read(chain.read).noted
    assert noted.startswith("1:")
    package = visited.browser().get("/datos/datapackage.json").json
    assert package["cadena"] == noted
    closing = f" Último cierre de la cadena de hashes: {noted}."
    assert visited.read(watching.sentences) == closing
