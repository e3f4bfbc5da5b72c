"""Each change behind the application's back is named by the check of the chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, select, update

from app.base.models import (
    Base,
    ChainClosing,
    ChainLeaf,
    IssuedPaper,
    LogEntry,
    VisitSubject,
    VisitVersion,
)
from tests.app.base.test_chain import CODE, NAME, Chained, behind, chained, is_first, of_paper
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql

__all__ = ["chained"]

#: Case → model, change, and what the check says; {log}, {version}: ids of rows.
SPOILT: dict[str, tuple[type[Base], Callable[[Table], Any], list[str]]] = {
    "a version": (
        VisitVersion,
        lambda table: update(table).where(is_first(table.c.id)).values(act="exit"),
        ["visit_version {version} is not as it was when closing 1 entered it"],
    ),
    "a visitor's name": (
        VisitSubject,
        lambda table: (
            update(table)
            .where(is_first(table.c.version_id))
            .values(data={"visitor_name": NAME[:-1]})
        ),
        ["visit_subject {version} is not as it was when closing 1 entered it"],
    ),
    "a log entry": (
        LogEntry,
        lambda table: (
            update(table).where(table.c.kind == "entity.noted").values(kind="entity.note")
        ),
        ["log {log} is not as it was when closing 1 entered it"],
    ),
    "the entity of a log entry": (
        LogEntry,
        lambda table: update(table).where(table.c.kind == "entity.noted").values(entity_id=None),
        ["log {log} is not as it was when closing 1 entered it"],
    ),
    "a paper": (
        IssuedPaper,
        of_paper,
        [f"issued_paper {CODE} is not as it was when closing 1 entered it"],
    ),
    "a deleted row": (
        VisitSubject,
        lambda table: delete(table).where(is_first(table.c.version_id)),
        ["visit_subject {version} of closing 1 is missing"],
    ),
    "a leaf": (
        ChainLeaf,
        lambda table: update(table).where(table.c.row_id == CODE).values(hash=b"\0" * 32),
        [
            "closing 1: its list of rows or its values are not as they were",
            f"issued_paper {CODE} is not as it was when closing 1 entered it",
        ],
    ),
    "a salt": (
        ChainLeaf,
        lambda table: (
            update(table)
            .where(table.c.table_name == "visit_subject", table.c.closing_number == 1)
            .values(salt=b"\0" * 16)
        ),
        ["visit_subject {version} is not as it was when closing 1 entered it"],
    ),
    "a deleted leaf": (
        ChainLeaf,
        lambda table: delete(table).where(
            table.c.table_name == "visit_subject", table.c.closing_number == 1
        ),
        [
            "visit_subject {version} is in no closing, although it claims to be old enough",
            "closing 1: its list of rows or its values are not as they were",
        ],
    ),
    "a closing's moment": (
        ChainClosing,
        lambda table: (
            update(table).where(table.c.number == 1).values(at=datetime(2020, 1, 1, tzinfo=UTC))
        ),
        ["closing 1: its list of rows or its values are not as they were"],
    ),
    "a closing's counts": (
        ChainClosing,
        lambda table: update(table).where(table.c.number == 1).values(counts={"log": 1}),
        ["closing 1: its list of rows or its values are not as they were"],
    ),
    "a closing's hash": (
        ChainClosing,
        lambda table: update(table).where(table.c.number == 1).values(hash="0" * 64),
        [
            "closing 2 does not follow the one before it",
            "closing 1: its list of rows or its values are not as they were",
        ],
    ),
}


@pytest.mark.nightly
def test_each_change_behind_the_applications_back_is_named(chained: Chained, clock: Clock):
    assert chained.close() > 5
    clock.forward(days=1)
    chained.visit(name="Otra Inventada Eva")
    assert chained.close() > 0
    assert chained.close() == 0
    assert chained.faults() == []
    version = chained.one(select(func.min(VisitVersion.id)))
    ids = {"log": chained.log_entry(), "version": version}
    for case, (model, change, expected) in SPOILT.items():
        with behind(chained, model, change):
            assert chained.faults() == [one.format(**ids) for one in expected], case
    assert chained.faults() == []
