"""The ladder: the rung of each day, in the entity's working days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Task
from app.cases.reminders.ladder import Ladder, Rung
from app.cases.reminders.subjects import came_on
from tests.app.cases.reminders.reminded import DUE, MONDAY, NEXT_MONDAY, TUESDAY
from tests.app.walk import texts
from workflows.definition import Definition

LADDER = Ladder(Definition.parse(texts()))
NATION = Calendar()
#: Rungs of an entity's step in working days around the due date: two before, on the day, late.
LATE = (1, 3, 5, 10, 15, 20, 25, 30, 35, 40)


MORNING = calendar.at_hour(MONDAY, time(10))


def a_task(
    opened: datetime = MORNING,
    *,
    days: int = 10,
    role: str = "authority",
    working: Calendar = NATION,
    kind: str = "práctica",
    counted_on: date | None = None,
) -> Task:
    """Return a task of a number of working days, opened then."""
    counted_on = counted_on or calendar.lima_day(opened)
    return Task(
        role=role,
        opened_at=opened,
        counted_on=counted_on,
        due_kind=kind,
        due_at=calendar.end_of(working.add(counted_on, days)),
    )


def rung_on(task: Task, working: Calendar, day: date) -> Rung | None:
    """Return the rung of a task on one day."""
    return LADDER.newest(task, working, day - timedelta(days=1), day)


def rungs(task: Task, working: Calendar = NATION) -> list[Rung]:
    """Return every rung of a task, day by day."""
    day = came_on(task, working)
    return [
        rung
        for ahead in range(400)
        if (rung := rung_on(task, working, day + timedelta(days=ahead)))
    ]


def names(task: Task, working: Calendar = NATION) -> list[str]:
    return [rung.name for rung in rungs(task, working)]


def test_an_entitys_step_has_rungs_around_its_day_with_recipients_from_the_table():
    found = rungs(a_task())
    assert [rung.name for rung in found] == ["arrival", "2", "0", *(f"-{n}" for n in LATE)]
    assert [rung.day.isoformat() for rung in found][:5] == [
        "2026-03-02", "2026-03-12", "2026-03-16", "2026-03-17", "2026-03-19",
    ]  # fmt: skip
    assert [rung.mail_kind for rung in found][:4] == [
        "task_arrived", "task_due_soon", "task_due_today", "task_late",
    ]  # fmt: skip
    reached = {rung.name: rung.words for rung in found}
    for name in ("arrival", "2", "0", "-1"):
        assert reached[name] == ("lane",)
    for name in ("-3", "-15", "-40"):
        assert reached[name] == ("lane", "alternate")
    for name in ("-5", "-10"):
        assert reached[name] == ("lane", "alternate", "authority", "coordinator")


@pytest.mark.parametrize("role", ["sip", "sgtd", "secretary"])
def test_a_step_of_the_pcm_reminds_only_its_coordinator(role):
    task = a_task(role=role)
    assert names(task) == ["arrival", "2", "0", *(f"-{n}" for n in LATE)]
    assert {rung.words for rung in rungs(task)} == {("coordinator",)}


def test_what_comes_on_a_day_off_arrives_on_the_next_working_day():
    saturday = calendar.at_hour(date(2026, 3, 7), time(11))
    first = rungs(a_task(saturday))[0]
    assert (first.name, first.day) == ("arrival", NEXT_MONDAY)


def test_a_step_that_opens_at_night_arrives_that_day_and_is_announced_the_next():
    night = calendar.at_hour(MONDAY, time(21))
    task = a_task(night)
    assert rung_on(task, NATION, TUESDAY) is None
    late = LADDER.newest(task, NATION, None, TUESDAY)
    assert late is not None
    assert (late.name, late.day) == ("arrival", MONDAY)


def test_a_day_off_of_the_entity_has_no_rung_and_is_not_counted():
    regional = Calendar(frozenset({date(2026, 3, 12), date(2026, 3, 17)}))
    task = a_task(working=regional)
    days = {rung.name: rung.day for rung in rungs(task, regional)}
    assert task.due_at == calendar.end_of(date(2026, 3, 18))
    assert days["2"] == date(2026, 3, 13)
    assert days["-1"] == date(2026, 3, 19)
    assert rung_on(task, regional, date(2026, 3, 17)) is None


def test_a_legal_term_comes_with_its_notice_and_is_reminded_of_afterwards():
    found = a_task(days=2, kind="legal")
    assert names(found)[:2] == ["0", "-1"]
    evening = calendar.at_hour(MONDAY, time(20))  # notified the next morning
    next_day = a_task(evening, days=2, kind="legal", counted_on=TUESDAY)
    assert [(rung.name, rung.day) for rung in rungs(next_day)][:1] == [("0", date(2026, 3, 5))]
    assert names(a_task(days=5, kind="legal"))[0] == "2"


def test_without_a_date_there_is_no_rung_and_no_day_to_look_again():
    task = a_task()
    task.due_at = None
    assert names(task) == []
    assert LADDER.newest(task, NATION, None, date(2026, 5, 1)) is None
    assert LADDER.next_day(task, NATION, MONDAY) is None


def test_who_looks_after_a_standstill_finds_the_newest_and_after_forty_days_nothing():
    task = a_task()
    found = LADDER.newest(task, NATION, MONDAY, date(2026, 3, 20))
    assert found is not None
    assert (found.name, found.day) == ("-3", date(2026, 3, 19))
    assert LADDER.newest(task, NATION, date(2026, 3, 19), date(2026, 3, 20)) is None
    last = rungs(task)[-1].day
    assert LADDER.next_day(task, NATION, last - timedelta(days=1)) == last
    assert LADDER.next_day(task, NATION, last) is None


def test_a_moved_date_is_reminded_by_the_new_one_without_another_arrival():
    task = a_task()
    task.due_at = calendar.end_of(NATION.add(DUE, 5))
    after = date(2026, 3, 12)
    assert LADDER.newest(task, NATION, after, date(2026, 3, 18)) is None
    assert LADDER.next_day(task, NATION, after) == date(2026, 3, 19)


# Random histories -----------------------------------------------------------------------------

days_off = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=30)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Task, Calendar]:
    """Return a task of any term, opened at any moment, and any calendar."""
    working = Calendar(draw(days_off))
    opened = calendar.midnight(date(2026, 1, 2)) + timedelta(minutes=draw(st.integers(0, 525_000)))
    counted_on = calendar.lima_day(opened)
    role = draw(st.sampled_from(["authority", "administrator", "sip", "sgtd", "secretary"]))
    days = draw(st.integers(1, 30))
    return a_task(opened, days=days, role=role, working=working, counted_on=counted_on), working


def looks(task: Task, working: Calendar, pauses: Iterator[int]) -> Iterator[Rung]:
    """Yield the rungs that the job finds if it runs when it is due, but this many days late."""
    day: date | None = came_on(task, working)
    after = None
    while day is not None:
        day += timedelta(days=next(pauses))
        rung = LADDER.newest(task, working, after, day)
        if rung is not None:
            yield rung
        after, day = day, LADDER.next_day(task, working, day)


@pytest.mark.nightly
@given(histories())
def test_who_looks_in_time_finds_every_rung_of_the_table_once_in_order(history):
    task, working = history
    due_on = calendar.last_day(task.due_at)
    found = list(looks(task, working, iter(lambda: 0, 1)))
    assert found == rungs(task, working)
    assert len({rung.name for rung in found}) == len(found)
    for rung in found:
        assert working.works(rung.day)
        if rung.name == "arrival":
            assert rung.day == came_on(task, working)
        else:
            assert working.between(rung.day, due_on) == int(rung.name)
            assert int(rung.name) in {2, 0, *(-n for n in LATE)}


@pytest.mark.nightly
@given(histories(), st.lists(st.integers(0, 25), min_size=30, max_size=30))
def test_who_looks_late_finds_the_newest_then_and_none_twice(history, pauses):
    task, working = history
    every = rungs(task, working)
    found = list(looks(task, working, iter([*pauses, *([0] * 400)])))
    assert [rung for rung in every if rung in found] == found
    assert found[-1] == every[-1]
