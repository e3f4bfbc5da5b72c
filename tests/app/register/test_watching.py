"""Visits and roles that were changed behind the product's back are found at night."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from app.base import calendar, db
from app.base.db import chain
from app.base.models import Grant, Visit, VisitSubject, VisitVersion
from app.people import access
from app.register import watching
from tests.app.visited import Visited
from tests.conftest import MONDAY
from tests.databases import behind_the_back

pytestmark = pytest.mark.postgresql


def found(visited: Visited) -> list[str]:
    """Return what the night finds, without numbers."""
    watching.watch(visited.engine, db.never)
    return visited.read(watching.altered)


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
    visited.change(Visit, first, **values)
    assert found(visited) == [f"visit {first}"]
    with visited.reading() as session:
        assert str(first) not in watching.sentences(session)
        assert watching.ALARM in watching.sentences(session)
    was = {name: getattr(before, name) for name in values}
    visited.change(Visit, first, **was)
    assert found(visited) == []


def test_a_version_that_is_gone_is_found_and_a_round_goes_on(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watching, "BLOCK", 1)
    ids = [visited.visit(document_number=f"0000050{number}") for number in range(3)]
    of_last = VisitVersion.visit_id == ids[-1]
    with behind_the_back(visited.app) as session:
        versions = select(VisitVersion.id).where(of_last)
        session.execute(delete(VisitSubject).where(VisitSubject.version_id.in_(versions)))
        session.execute(delete(VisitVersion).where(of_last))
    for expected in ([], [], [f"visit {ids[-1]}"]):
        watching.watch(visited.engine, lambda: True)
        assert visited.read(watching.altered) == expected


def test_a_visit_that_is_deleted_is_found(visited: Visited):
    first, _ = visited.visit(), visited.visit(document_number="00000502")
    if visited.engine.dialect.name == "postgresql":
        return  # its foreign keys hold for everyone
    with closing(sqlite3.connect(str(visited.engine.url.database))) as other:
        other.execute("delete from visit where id = ?", (first,))
        other.commit()
    assert found(visited) == [f"visit {first}"]


ADDED = {"role": "superuser", "since_at": MONDAY}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda user: update(Grant).where(Grant.user_id == user).values(role="superuser"), 2),
        (lambda user: update(Grant).where(Grant.user_id == user).values(until_at=MONDAY), 1),
        (lambda user: delete(Grant).where(Grant.user_id == user), 1),
        (lambda user: insert(Grant).values(user_id=user, **ADDED), 1),
    ],
    ids=["other", "ended", "deleted", "added"],
)
def test_a_role_is_what_the_log_says(
    visited: Visited, change: Callable[[int], Executable], expected: int
):
    with visited.writing() as session:
        user = visited.user(session, "operator2")
        access.revoke(session, user, "operator", user.grants[0].entity, None)
    assert found(visited) == []
    visited.execute(change(visited.people["auditor"]))
    assert len(found(visited)) == expected
    assert all(line.startswith("role ") for line in found(visited))


def test_the_newest_closing_is_in_the_open_data_and_in_mails_of_the_pcm(visited: Visited):
    visited.visit()
    now = calendar.now()
    chain.close(visited.engine, db.never, now, calendar.lima_day(now))
    noted = visited.read(chain.read).noted
    assert noted.startswith("1:")
    package = visited.browser().get("/datos/datapackage.json").text
    assert f'"cadena": "{noted}"' in package
    closing = f" Último cierre de la cadena de hashes: {noted}."
    assert visited.read(watching.sentences) == closing
