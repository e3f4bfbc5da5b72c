"""The clocks of many cases: the cached values are those of counting again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Holding, NonWorkingDay, ProcessInstance
from app.cases import custody, processes
from app.cases.custody import Clocks, Revision
from tests.app.cases.custody.histories import WHY
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql

ALL = select(ProcessInstance.id, ProcessInstance.revision, Entity.department, Entity.code)


@pytest.fixture
def cases(walk: Walk) -> Walk:
    """Return three onboardings in two regions."""
    for number in (1, 2, 3):
        walk.begin_at("training", code=f"E9000{number}")
    walk.execute(update(Entity).where(Entity.code == "E90002").values(department="Áncash"))
    return walk


def counted(session: Session) -> dict[int, Clocks]:
    """Return the clocks of all cases, as lists read them."""
    working = calendar.calendars(session)
    known = [
        (Revision(case, revision), working.at(region, code))
        for case, revision, region, code in session.execute(ALL.join(ProcessInstance.entity))
    ]
    return custody.clocks_of_known(session, known, calendar.now())


def agree(walk: Walk) -> dict[int, int]:
    """Compare cached and recounted clocks; return the totals."""
    with walk.reading() as session:
        rows = session.scalars(select(ProcessInstance)).all()
        found = counted(session)
        assert found == custody.clocks_of(session, rows, calendar.now())
        return {key: clocks.total for key, clocks in found.items()}


@pytest.mark.nightly
def test_days_pass_and_acts_happen(cases: Walk, clock: Clock):
    assert set(agree(cases).values()) == {0}
    clock.forward(days=3)
    assert set(agree(cases).values()) == {3}
    cases.act(processes.suspend, WHY)
    agree(cases)
    clock.forward(days=1)
    assert set(agree(cases).values()) == {4}
    cases.act(processes.cancel, WHY)
    clock.forward(days=4)
    assert sorted(agree(cases).values()) == [4, 6, 6]  # a weekend has passed


@pytest.mark.nightly
def test_a_day_that_is_decreed_meanwhile_counts_for_nobody_there(cases: Walk, clock: Clock):
    clock.forward(days=3)
    agree(cases)
    with cases.writing() as session:
        on = calendar.today() - timedelta(days=1)
        session.add(NonWorkingDay(on=on, scope="region", place="Áncash", norm="R. 1"))
        session.add(NonWorkingDay(on=on, scope="entity", place="E90003", norm="R. 2"))
    assert sorted(agree(cases).values()) == [2, 2, 3]


@pytest.mark.nightly
def test_intervals_that_are_made_again_are_counted_again(cases: Walk, clock: Clock):
    clock.forward(days=2)
    cases.act(processes.suspend, WHY)
    clock.forward(days=2)
    with cases.writing() as session:
        for one in session.scalars(select(Holding)):
            one.since_at = one.until_at - timedelta(minutes=1)
    before = agree(cases)
    with cases.writing() as session:
        assert custody.rebuild(session, cases.instance(session))
    assert agree(cases)[cases.id] == before[cases.id] + 2


@pytest.mark.nightly
def test_what_is_taken_back_is_not_remembered(cases: Walk, clock: Clock):
    clock.forward(days=2)
    with cases.reading() as session:
        processes.suspend(session, cases.id, WHY, cases.people["sip"])
        counted(session)
        session.rollback()
    clock.forward(minutes=1)
    cases.act(processes.cancel, WHY)
    agree(cases)


@pytest.mark.nightly
def test_a_second_look_reads_no_intervals(cases: Walk, clock: Clock):
    clock.forward(days=2)
    agree(cases)
    with cases.reading() as session, cases.statements() as sent:
        counted(session)
    assert not [text for text in sent if "holding" in text]
    queries = [text for text in sent if text.startswith("SELECT")]
    assert len(queries) == 2  # the cases, and the decreed days


def test_a_new_day_adds_to_the_present_intervals_without_reading_any(cases: Walk, clock: Clock):
    clock.forward(days=2)
    agree(cases)
    clock.forward(days=1)
    with cases.reading() as session, cases.statements() as sent:
        found = counted(session)
        assert not [text for text in sent if "holding" in text]
        rows = session.scalars(select(ProcessInstance)).all()
        courses = custody.intervals(session, rows, calendar.now())
        for row in rows:
            working = calendar.calendar_of(session, row.entity)
            assert found[row.id] == custody.clocks(courses[row.id], working, row.validated)
    assert {clocks.total for clocks in found.values()} == {3}
