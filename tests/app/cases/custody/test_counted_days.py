"""Cached days: valid only while their basis is the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.calendar import Calendar
from app.base.models import Holding, NonWorkingDay, ProcessInstance
from app.cases import custody, processes
from app.cases.custody import Clocks
from tests.app.cases.custody.histories import WHY
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def looked_at(walk: Walk) -> dict[int, Clocks]:
    """Return the clocks of all cases, as a page reads them."""
    with walk.reading() as session:
        rows = session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all()
        return custody.clocks_of(session, rows, calendar.now())


def recounted(walk: Walk) -> dict[int, Clocks]:
    """Return the same, counted from the rows without the cache."""
    with walk.reading() as session:
        rows = session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all()
        courses = custody.intervals(session, rows, calendar.now())
        return {
            row.id: custody.clocks(
                courses[row.id], calendar.calendar_of(session, row.entity), row.validated
            )
            for row in rows
        }


def statements_of(walk: Walk) -> int:
    """Return how many statements read intervals when a page reads the clocks of all cases."""
    with walk.statements() as sent:
        looked_at(walk)
    return sum("FROM holding" in statement for statement in sent)


@pytest.fixture
def counted(walk: Walk, clock: Clock) -> Walk:
    """Return two cases that run for some days, whose days are cached in this process."""
    walk.begin()
    walk.begin(code="E90002")
    for step in ("designate_administrator", "list_personnel", "file_designation"):
        clock.forward(days=1)
        walk.answer(step)
    assert looked_at(walk) == recounted(walk)
    return walk


@pytest.mark.nightly
def test_what_did_not_change_is_not_counted_again(counted: Walk, clock: Clock):
    assert statements_of(counted) == 0
    clock.forward(hours=2)
    assert statements_of(counted) == 0


@pytest.mark.nightly
def test_midnight_in_lima_adds_its_day(counted: Walk, clock: Clock):
    before = looked_at(counted)[counted.id].total
    clock.set(calendar.end_of(calendar.today()))
    assert looked_at(counted)[counted.id].total == before + 1
    assert looked_at(counted) == recounted(counted)
    assert statements_of(counted) == 0


@pytest.mark.nightly
def test_after_every_act_they_are_those_of_the_rows(counted: Walk, clock: Clock):
    for act, *given in (
        (processes.suspend,),
        (processes.resume,),
        (processes.send_back, "list_personnel"),
        (processes.cancel,),
    ):
        clock.forward(hours=31)
        counted.act(act, *given, WHY)
        assert looked_at(counted) == recounted(counted)
        assert statements_of(counted) == 0


@pytest.mark.nightly
def test_a_validated_stage_counts_for_none_from_then_on(counted: Walk):
    with counted.writing() as session:
        counted.instance(session).validated = {"designation": {"reason": "of a test"}}
    assert looked_at(counted)[counted.id].total == 0
    assert looked_at(counted) == recounted(counted)


@pytest.mark.nightly
def test_a_changed_calendar_is_counted_by(counted: Walk):
    before = looked_at(counted)[counted.id].total
    counted.add(NonWorkingDay(on=date(2026, 3, 3), scope="entity", place="E90001", norm="RA 1"))
    after = looked_at(counted)
    assert after[counted.id].total == before - 1
    assert after == recounted(counted)


@pytest.mark.nightly
def test_only_the_case_that_changed_is_read_again(counted: Walk, monkeypatch: pytest.MonkeyPatch):
    counted.answer("record_reception", "received")
    missing: list[int] = []
    read = custody.counting.intervals

    def watched(session: Session, cases: list[ProcessInstance], now: datetime) -> Any:
        missing.extend(case.id for case in cases)
        return read(session, cases, now)

    monkeypatch.setattr(custody.counting, "intervals", watched)
    looked_at(counted)
    assert missing == [counted.id]


@pytest.mark.nightly
def test_what_a_transaction_rolls_back_is_never_cached(counted: Walk, clock: Clock):
    clock.forward(days=2)
    with counted.reading() as session:
        row = counted.instance(session)
        custody.hand_over(session, row, row.stage, "sip", clock.moment)
        within = custody.clocks_of(session, [row], clock.moment)[row.id]
        assert within.held == 0, "it counts what the transaction has done so far"
        session.flush()
        assert custody.clocks_of(session, [row], clock.moment)[row.id] == within
        session.rollback()
    assert looked_at(counted) == recounted(counted)
    with counted.writing() as session:  # another act takes the revision that was rolled back
        row = counted.instance(session)
        custody.hand_over(session, row, row.stage, "sgtd", clock.moment)
    assert looked_at(counted) == recounted(counted)


@pytest.mark.nightly
def test_intervals_that_are_made_again_are_counted_again(counted: Walk):
    with counted.writing() as session:
        for row in session.scalars(select(Holding).where(Holding.instance_id == counted.id)):
            row.since_at -= timedelta(days=20)
            row.until_at -= timedelta(days=10)
        counted.instance(session).norm_version = "otra"
    damaged = looked_at(counted)
    with counted.writing() as session:
        assert custody.rebuild(session, counted.instance(session))
    assert looked_at(counted) == recounted(counted) != damaged


@pytest.mark.nightly
def test_two_installations_in_one_process_keep_apart(counted: Walk):
    """Two cases with the same number and revision in two databases are different cases."""
    engine = db.connect("sqlite://")
    with db.open_session(engine) as other:
        assert other.get_bind().dialect is not counted.engine.dialect
        with db.open_session(engine.execution_options(some="option")) as same:
            assert same.get_bind().dialect is other.get_bind().dialect
    engine.dispose()


def test_the_years_that_are_known_have_ends():
    working = Calendar(frozenset({date(2015, 1, 5), date(2060, 12, 30)}))
    first, last = date(2015, 1, 1), date(2060, 12, 31)
    every = working.between(first - timedelta(days=1), last)
    assert working.between(date(1990, 1, 1), date(2090, 1, 1)) == every
    assert working.between(date(2090, 1, 1), date(1990, 1, 1)) == -every
    assert working.between(date(1990, 1, 1), date(2000, 1, 1)) == 0
    assert working.between(last, date(2090, 1, 1)) == 0
    assert working.between(first - timedelta(days=1), date(2015, 1, 5)) == 1  # 2 January
