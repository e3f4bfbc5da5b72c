"""Changes of the calendar, and the timers of the diagrams."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import InductionSession, NonWorkingDay, ProcessInstance
from app.cases import processes
from app.cases.processes.act import STANDSTILL
from app.cases.processes.terms.calendar_changes import Change, as_many_left
from tests.app.cases.processes.recalculated import ONE_DAY, add, decreed, due, elsewhere, ends
from tests.app.walk import Walk
from tests.conftest import Clock

# Timers ---------------------------------------------------------------------------------------


def test_a_follow_up_begins_after_as_many_working_days(begun: Walk):
    assert ends(begun, "designation_overdue") == Calendar().add(date(2026, 3, 2), 45)
    add(begun, 20)
    assert begun.entries("task.moved") == []
    off = Calendar(frozenset({date(2026, 3, 20)}))
    assert ends(begun, "designation_overdue") == off.add(date(2026, 3, 2), 45)


@pytest.mark.nightly
def test_a_session_is_held_on_its_day_whatever_the_calendar_says(walk: Walk):
    walk.begin_at("induction")
    publish(walk, calendar.at_hour(date(2026, 3, 10), datetime.min.time()))
    walk.answer("choose_thematic_session", "chosen")
    before = walk.waiting()
    add(walk, 10)
    after = walk.waiting()
    changed = {element for element in before if before[element] != after[element]}
    assert "thematic_session_arrives" in before
    assert changed == {"induction_overdue"}
    add(walk, 4)
    assert ends(walk, "choose_technical_session_lapses") == due(walk, "choose_technical_session")
    assert walk.waiting()["thematic_session_arrives"] == before["thematic_session_arrives"]


def publish(walk: Walk, at: datetime) -> None:
    """Publish a session at a moment."""
    walk.add(
        InductionSession(
            topic="thematic",
            changed_at=calendar.now(),
            at=at,
            minutes=60,
            place="Aula",
            seats=5,
        )
    )


def test_a_pause_of_the_follow_up_keeps_its_days_too(begun: Walk, clock: Clock):
    clock.set(begun.waiting()["designation_overdue"])
    begun.tick()
    begun.answer("call_entity", "not_reached")
    tomorrow = ends(begun, "one_day_passes")
    add(begun, tomorrow.day, month=tomorrow.month)
    assert ends(begun, "one_day_passes") == Calendar(frozenset({tomorrow})).add(tomorrow, 1)


@pytest.fixture
def change_of_authority(walk: Walk) -> int:
    """Return a process whose step has 5 days, and a timer on it of 60."""
    walk.begin_at("training")
    instance = walk.begin("change_authority")
    assert due(walk, STEP, instance) == date(2026, 3, 9)
    assert ends(walk, f"{STEP}_lapses", instance) == Calendar().add(date(2026, 3, 2), 60)
    return instance


STEP = "register_authority_change"


@pytest.mark.parametrize(("day", "last"), [(5, 10), (20, 9)])
def test_a_timer_that_counts_days_of_its_own_on_a_step_counts_them_again(
    walk: Walk, change_of_authority: int, day: int, last: int
):
    add(walk, day)
    off = Calendar(frozenset({date(2026, 3, day)}))
    assert due(walk, STEP, change_of_authority) == date(2026, 3, last)
    assert ends(walk, f"{STEP}_lapses", change_of_authority) == off.add(date(2026, 3, 2), 60)


def test_more_time_for_a_step_is_more_time_for_the_timer_on_it(
    walk: Walk, change_of_authority: int
):
    task = walk.task(STEP, change_of_authority)
    walk.act(processes.extend, 5, "Lo pidió la entidad", on=task.id)
    assert due(walk, STEP, change_of_authority) == date(2026, 3, 16)
    timer = ends(walk, f"{STEP}_lapses", change_of_authority)
    assert timer == Calendar().add(date(2026, 3, 2), 65)


@pytest.mark.nightly
def test_what_stands_still_stays_where_it_waits(walk: Walk):
    walk.begin_at("induction")
    walk.begin("redesignation")
    far = walk.waiting()["choose_thematic_session_lapses"]
    assert far > calendar.now() + STANDSTILL - ONE_DAY
    add(walk, 10)
    assert walk.waiting()["choose_thematic_session_lapses"] == far


nonworking = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 6, 30)), max_size=20)


@pytest.mark.nightly
@given(nonworking, st.dates(date(2026, 1, 1), date(2027, 6, 30)), st.integers(1, 60), st.data())
def test_as_many_working_days_are_left_of_a_timer_as_before(
    decreed: frozenset[date], day: date, length: int, data: st.DataObject
):
    old, new = Calendar(decreed - {day}), Calendar(decreed | {day})
    if data.draw(st.booleans()):
        old, new = new, old
    here_at = calendar.midnight(date(2026, 9, 1)) + timedelta(
        seconds=data.draw(st.integers(0, 86_399))
    )
    at = old.deadline(here_at - timedelta(days=data.draw(st.integers(0, 90))), length)
    moved = as_many_left(at, here_at, old, new)
    if at > here_at:
        assert new.ended_between(here_at, moved) == old.ended_between(here_at, at)
        assert moved > here_at
        assert new.works(calendar.last_day(moved))
        assert as_many_left(moved, here_at, new, old) == at
    else:
        assert moved == at
    if day < calendar.lima_day(here_at):
        assert moved == at


# In any order ---------------------------------------------------------------------------------


@pytest.mark.nightly
def test_in_whatever_order_days_come_and_go_dates_are_those_of_the_calendar(walk: Walk):
    random, instances = Random(3), (walk.begin(), elsewhere(walk))
    for _ in range(12):
        with walk.writing() as session:
            processes.change_calendar(session, some_change(session, random), None)
            working = [
                calendar.calendar_of(session, session.get_one(ProcessInstance, one).entity)
                for one in instances
            ]
        for instance, days in zip(instances, working, strict=True):
            due(walk, instance=instance)
            assert ends(walk, "designation_overdue", instance) == days.add(date(2026, 3, 2), 45)


def some_change(session: Session, random: Random) -> Change:
    """Add a day off, or remove one of at least three."""
    rows = session.scalars(select(NonWorkingDay).order_by(NonWorkingDay.id)).all()
    if len(rows) > 2 and random.random() < 0.5:
        return Change(removed=(random.choice(rows),))
    known = {(row.on, row.scope) for row in rows}
    places = [("national", ""), ("region", "Cusco")]
    wanted = [
        decreed(on, scope, place)
        for on in (date(2026, 3, 3) + ONE_DAY * number for number in range(80))
        for scope, place in places
        if (on, scope) not in known
    ]
    return Change(added=(random.choice(wanted),))
