"""Working days, deadlines, the clock."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import calendar, catalogue, create_app, db
from app.calendar import LIMA, Calendar
from app.config import BadSetting
from app.models import Entity, NonWorkingDay, Task
from app.tasks import shown
from tests.app import cast
from tests.app.walk import Walk
from tests.conftest import Clock

NATION = Calendar()
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
terms = st.integers(0, 60)


@pytest.mark.parametrize(
    "holiday",
    [
        date(2026, 1, 1),
        date(2026, 4, 2),  # Holy Thursday
        date(2026, 4, 3),
        date(2026, 5, 1),
        date(2026, 7, 28),
        date(2026, 7, 29),
        date(2026, 8, 6),
        date(2026, 10, 8),
        date(2026, 12, 8),
        date(2026, 12, 9),
        date(2026, 12, 25),
    ],
)
def test_holidays_of_peru_are_no_working_days(holiday: date):
    assert not NATION.works(holiday)


def test_saturday_and_sunday_are_no_working_days():
    assert [NATION.works(date(2026, 3, day)) for day in range(2, 9)] == [True] * 5 + [False] * 2


def test_a_term_does_not_count_the_day_on_which_it_arrives():
    assert NATION.add(date(2026, 3, 2), 2) == date(2026, 3, 4)
    assert NATION.add(date(2026, 3, 5), 2) == date(2026, 3, 9)


def test_what_arrives_on_a_day_off_arrived_on_the_next_working_day():
    assert NATION.add(date(2026, 3, 7), 0) == date(2026, 3, 9)
    assert NATION.add(date(2026, 3, 7), 1) == NATION.add(date(2026, 3, 9), 1)


def test_a_deadline_is_the_first_instant_after_its_last_day_in_lima():
    late_evening = datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC)  # 23:59:59 of Monday in Lima
    due_at = NATION.deadline(late_evening, 2)
    assert due_at == datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    assert NATION.deadline(late_evening + timedelta(seconds=1), 2) == due_at + timedelta(days=1)
    assert calendar.last_day(due_at) == date(2026, 3, 4)


@settings(deadline=None)
@given(days, terms, terms)
def test_a_term_in_two_parts_ends_where_the_whole_does(day: date, first: int, second: int):
    assert NATION.add(NATION.add(day, first), second) == NATION.add(day, first + second)


@settings(deadline=None)
@given(days, terms)
def test_days_between_are_those_that_were_added(day: date, term: int):
    start = NATION.on_or_after(day)
    end = NATION.add(day, term)
    assert NATION.works(end)
    assert NATION.between(start, end) == term
    assert NATION.between(end, start) == -term


@settings(deadline=None)
@given(days, days)
def test_no_days_lie_between_a_day_and_itself_and_backwards_is_negative(one: date, other: date):
    assert NATION.between(one, one) == 0
    assert NATION.between(one, other) == -NATION.between(other, one)


# Decreed days ---------------------------------------------------------------------------------


@pytest.fixture
def decreed(app: Flask, clock: Clock):
    """Tuesday 3 March off for the nation, Wednesday in Cusco, Thursday for one entity."""
    with app.app_context(), db.writing(app) as session:
        for day, scope, place in (
            (3, "national", ""),
            (4, "region", "Cusco"),
            (5, "entity", "E90002"),
        ):
            session.add(
                NonWorkingDay(on=date(2026, 3, day), scope=scope, place=place, norm="De ejemplo")
            )
        cast.entity(session, "E90001", department="Lima")
        cast.entity(session, "E90002", department="Cusco")
        yield session


@pytest.mark.parametrize(
    ("code", "last"), [("E90001", 4), ("E90002", 6), ("", 4)]
)  # fmt: skip
def test_decreed_days_count_where_they_were_decreed(decreed, code: str, last: int):
    entity = decreed.scalars(select(Entity).where(Entity.code == code)).one_or_none()
    end = calendar.calendar_of(decreed, entity).add(date(2026, 3, 2), 1)
    assert end == date(2026, 3, last)


def test_the_days_that_the_state_decreed_come_with_the_code(app: Flask):
    with app.app_context(), db.writing(app) as session:
        catalogue.load(session)
        rows = session.scalars(select(NonWorkingDay)).all()
        first = len(rows)
        assert first
        assert all(row.norm for row in rows)
        assert not any(calendar.calendar_of(session, None).works(row.on) for row in rows)
        catalogue.load(session)
        assert len(session.scalars(select(NonWorkingDay)).all()) == first


# Late -----------------------------------------------------------------------------------------


def test_pages_and_the_database_agree_on_what_is_late(walk: Walk, clock: Clock):
    walk.begin()
    due_at = walk.task("designate_administrator").due_at
    assert due_at is not None
    moments = {
        -24 * 3600: (1, False),
        -24 * 3600 - 1: (1, False),
        -1: (0, False),
        0: (-1, True),
        1: (-1, True),
        24 * 3600: (-2, True),
    }
    for seconds, (left, late) in moments.items():
        clock.set(due_at + timedelta(seconds=seconds))
        with walk.reading() as session:
            task = walk.find(session, "designate_administrator")
            by_sql = session.scalar(select(Task.id).where(Task.due_at <= calendar.now()))
            shown_left, on = shown.due(session, task, calendar.now())
        assert (by_sql is not None) == late, seconds
        assert on == calendar.last_day(due_at)
        assert (shown_left < 0) == late
        if seconds != -24 * 3600:
            assert shown_left == left, seconds


def test_what_lapsed_on_friday_is_late_on_saturday_already(walk: Walk, clock: Clock):
    walk.begin()
    with walk.writing() as session:
        task = walk.find(session, "designate_administrator")
        task.due_at = calendar.end_of(date(2026, 3, 6))
        session.flush()
        assert shown.due(session, task, task.due_at)[0] == -1
        assert shown.due(session, task, task.due_at - timedelta(seconds=1))[0] == 0


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_servers_own_time_zone_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        moment = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
        assert calendar.lima_day(moment) == date(2026, 3, 2)
        assert NATION.deadline(moment, 1) == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
        assert calendar.midnight(date(2026, 3, 2)) == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


# The clock ------------------------------------------------------------------------------------


def test_without_a_setting_the_clock_is_the_real_one():
    assert calendar.clock_from_environment("") is None
    assert "ZAGUAN_CLOCK" not in os.environ


def test_a_clock_begins_where_it_is_told_and_runs_at_its_pace(monkeypatch: pytest.MonkeyPatch):
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setenv("ZAGUAN_CLOCK_ORIGIN", origin.isoformat())
    monkeypatch.setattr(calendar, "_real_now", lambda: origin + timedelta(minutes=1))
    clock = calendar.clock_from_environment("2026-03-02T08:00-05:00*60")
    assert clock is not None
    assert clock() == datetime(2026, 3, 2, 9, 0, tzinfo=LIMA)
    assert clock().utcoffset() == timedelta()


def test_every_process_that_is_made_has_the_clock_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_CLOCK", "2031-01-02T08:00-05:00")
    before = calendar.use_clock(None)
    try:
        create_app({"DATA": tmp_path, "SECRET_KEY": "x" * 32})
        assert calendar.today() == date(2031, 1, 2)
    finally:
        calendar.use_clock(before)


@pytest.mark.parametrize(
    "setting",
    [
        "tomorrow",
        "2026-03-02T08:00",
        "2026-03-02T08:00-05:00*fast",
        "2026-03-02T08:00-05:00*0",
        "2026-03-02T08:00-05:00*-1",
        "2026-03-02T08:00-05:00*nan",
        "2026-03-02T08:00-05:00*inf",
        "2026-03-02T08:00-05:00*1e300",
        "0001-01-01T00:00+05:00",
        "*60",
    ],
)
def test_a_clock_that_cannot_be_is_named(setting: str):
    with pytest.raises(BadSetting, match=r"^ZAGUAN_CLOCK"):
        calendar.clock_from_environment(setting)


@pytest.mark.parametrize("origin", ["yesterday", "2026-03-02T08:00"])
def test_an_origin_that_cannot_be_is_named(origin: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZAGUAN_CLOCK_ORIGIN", origin)
    with pytest.raises(BadSetting, match=r"^ZAGUAN_CLOCK"):
        calendar.clock_from_environment("2026-03-02T08:00-05:00")
