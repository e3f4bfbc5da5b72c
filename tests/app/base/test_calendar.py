"""Working days, deadlines, the clock."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import cache
from itertools import pairwise
from pathlib import Path

import holidays
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import create_app
from app.administration import catalogue
from app.base import calendar, db
from app.base.calendar import LIMA, Calendar
from app.base.config import BadSetting
from app.base.models import Entity, NonWorkingDay
from tests.app import cast
from tests.conftest import Clock

NATION = Calendar()
CUT_OFF = clock_time(16, 30)
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
terms = st.integers(0, 60)


def test_holidays_of_peru_saturday_and_sunday_are_no_working_days():
    for holiday in [
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
    ]:
        assert not NATION.works(holiday)
    assert [NATION.works(date(2026, 3, day)) for day in range(2, 9)] == [True] * 5 + [False] * 2


def test_before_a_monday_comes_friday_and_before_a_holiday_the_day_that_was_worked():
    assert NATION.before(date(2026, 3, 2)) == date(2026, 2, 27)
    assert NATION.before(date(2026, 4, 3)) == date(2026, 4, 1)
    assert NATION.before(date(2026, 4, 8)) == date(2026, 4, 7)


def test_a_term_begins_after_the_working_day_that_counts_for_what_arrives():
    assert NATION.add(date(2026, 3, 2), 2) == date(2026, 3, 4)
    assert NATION.add(date(2026, 3, 5), 2) == date(2026, 3, 9)
    assert NATION.add(date(2026, 3, 7), 1) == date(2026, 3, 9)
    assert NATION.add(date(2026, 3, 7), 0) == date(2026, 3, 7)
    saturday = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    assert NATION.counted_on(saturday) == date(2026, 3, 9)
    assert NATION.add(NATION.counted_on(saturday), 1) == date(2026, 3, 10)


def test_after_the_cut_off_it_counts_as_of_the_next_working_day():
    for hour, day in [
        ("00:00:00", 5),
        ("16:30:00", 5),
        ("16:30:59", 5),
        ("16:31:00", 6),
        ("23:59:59", 6),
    ]:
        moment = datetime.fromisoformat(f"2026-03-05T{hour}-05:00")
        assert NATION.counted_on(moment, CUT_OFF) == date(2026, 3, day)
        assert NATION.counted_on(moment) == date(2026, 3, 5)
        friday = NATION.counted_on(moment + timedelta(days=1), CUT_OFF)
        assert friday == date(2026, 3, 6 if day == 5 else 9)


def test_a_deadline_is_the_first_instant_after_its_last_day_in_lima():
    late_evening = datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC)  # 23:59:59 of Monday in Lima
    due_at = NATION.deadline(late_evening, 2)
    assert due_at == datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    assert NATION.deadline(late_evening + timedelta(seconds=1), 2) == due_at + timedelta(days=1)
    assert calendar.last_day(due_at) == date(2026, 3, 4)


# Counted again, day by day --------------------------------------------------------------------


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Return the nation's days off and up to thirty more, weekends and holidays among them."""
    return Calendar(draw(st.frozensets(days, max_size=30)))


def works(working: Calendar, day: date) -> bool:
    """Return whether a day is a working day, by the `holidays` package itself."""
    return day.weekday() < 5 and day not in peru(day.year) and day not in working.decreed


@cache
def peru(year: int) -> frozenset[date]:
    """Return the holidays of a year."""
    return frozenset(holidays.country_holidays("PE", years=year))


def counted(working: Calendar, start: date, end: date) -> int:
    """Return the working days after `start` up to and including `end`."""
    span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(works(working, day) for day in span)


@pytest.mark.nightly
@settings(max_examples=60)
@given(calendars(), days, terms)
def test_a_term_ends_where_counting_on_ones_fingers_ends(working: Calendar, day: date, term: int):
    end, left = day, term
    while left:
        end += timedelta(days=1)
        left -= works(working, end)
    assert working.add(day, term) == end
    assert working.works(day) == works(working, day)
    assert working.on_or_after(day) == (day if works(working, day) else working.add(day, 1))


@pytest.mark.nightly
@given(calendars(), days, terms, terms)
def test_a_term_in_two_parts_ends_where_the_whole_does(
    working: Calendar, day: date, first: int, second: int
):
    assert working.add(working.add(day, first), second) == working.add(day, first + second)


@pytest.mark.nightly
@given(calendars(), days, terms)
def test_days_between_are_those_that_were_added(working: Calendar, day: date, term: int):
    end = working.add(day, term)
    assert working.between(day, end) == term
    assert working.between(end, day) == -term
    assert term == 0 or working.works(end)


@pytest.mark.nightly
@settings(max_examples=60)
@given(calendars(), days, st.integers(0, 200))
def test_days_between_are_those_that_are_counted(working: Calendar, start: date, length: int):
    end = start + timedelta(days=length)
    assert working.between(start, end) == counted(working, start, end)
    assert working.between(end, start) == -working.between(start, end)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@pytest.mark.nightly
@given(calendars(), st.lists(moments, min_size=2, max_size=8).map(sorted))
def test_the_days_that_ended_in_parts_of_a_time_are_those_of_the_whole(
    working: Calendar, cuts: list[datetime]
):
    parts = [working.ended_between(one, next_one) for one, next_one in pairwise(cuts)]
    assert min(parts) >= 0
    assert sum(parts) == working.ended_between(cuts[0], cuts[-1])


@settings(max_examples=60)
@given(calendars(), moments, st.timedeltas(timedelta(), timedelta(days=100)))
def test_a_day_ends_when_lima_reaches_midnight(
    working: Calendar, since: datetime, length: timedelta
):
    until, day = since + length, calendar.lima_day(since)
    ended = 0
    while calendar.end_of(day) <= until:
        ended += works(working, day) and calendar.end_of(day) > since
        day += timedelta(days=1)
    assert working.ended_between(since, until) == ended


@given(calendars(), moments)
def test_mails_wait_for_the_next_moment_within_the_hours_of_sending(
    working: Calendar, moment: datetime
):
    first, last = calendar.SENDING_HOURS
    at = working.next_sending(moment)
    day = calendar.lima_day(at)
    assert works(working, day)
    assert calendar.at_hour(day, first) <= at < calendar.at_hour(day, last)
    assert at >= moment
    if at > moment:
        assert at == calendar.at_hour(day, first)
        earlier = calendar.lima_day(moment)
        assert working.between(earlier, day - timedelta(days=1)) == 0 or earlier == day
        assert working.next_sending(at) == at


@given(calendars(), moments, st.times())
def test_what_comes_counts_as_of_a_working_day_and_of_none_before_it(
    working: Calendar, moment: datetime, cut_off: clock_time
):
    local = moment.astimezone(LIMA)
    day = working.counted_on(moment, cut_off)
    in_time = works(working, local.date()) and (local.hour, local.minute) <= (
        cut_off.hour,
        cut_off.minute,
    )
    assert works(working, day)
    if in_time:
        assert day == local.date()
    else:
        assert counted(working, local.date(), day) == 1


# Decreed days ---------------------------------------------------------------------------------


@pytest.fixture
def decreed(app: Flask, clock: Clock):
    """Return decreed days: Tuesday 3 March (nation), Wednesday (Cusco), Thursday (one entity)."""
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


def test_decreed_days_count_where_they_were_decreed(decreed):
    for code, last in [("E90001", 4), ("E90002", 6), ("", 4)]:
        entity = decreed.scalars(select(Entity).where(Entity.code == code)).one_or_none()
        end = calendar.calendar_of(decreed, entity).add(date(2026, 3, 2), 1)
        assert end == date(2026, 3, last)


@pytest.mark.nightly
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


# The clock ------------------------------------------------------------------------------------


def test_without_a_setting_the_clock_is_the_real_one():
    assert calendar.clock_from_environment("") is None
    assert "ZAGUAN_CLOCK" not in os.environ


def test_a_clock_begins_at_its_start_and_runs_at_its_pace(monkeypatch: pytest.MonkeyPatch):
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setenv("ZAGUAN_CLOCK_ORIGIN", origin.isoformat())
    monkeypatch.setattr("app.base.calendar.clock._real_now", lambda: origin + timedelta(minutes=1))
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


def test_a_clock_or_an_origin_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch):
    for setting in [
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
    ]:
        with pytest.raises(BadSetting, match=r"^ZAGUAN_CLOCK"):
            calendar.clock_from_environment(setting)
    for origin in ["yesterday", "2026-03-02T08:00"]:
        monkeypatch.setenv("ZAGUAN_CLOCK_ORIGIN", origin)
        with pytest.raises(BadSetting, match=r"^ZAGUAN_CLOCK"):
            calendar.clock_from_environment("2026-03-02T08:00-05:00")
