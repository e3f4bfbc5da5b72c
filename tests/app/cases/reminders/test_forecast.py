"""The forecast: each mail that it lists on Monday is sent by Friday, unless its step was done."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mail, Reminder, Task
from app.cases import processes, reminders
from app.cases.reminders.forecast import Key, Planned
from tests.app.cases.reminders.reminded import (
    DUE,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Days,
    key,
)
from tests.app.cases.reminders.town import open_tasks, town

#: The compared values: the day of the digest, and the key of the row.
Sent = tuple[date, Key]


def foreseen(days: Days, start: date = MONDAY, working_days: int = 5) -> list[Planned]:
    with days.reading() as session:
        return reminders.forecast(session, start, working_days)


def will_go(planned: list[Planned], tasks: set[int]) -> set[Sent]:
    return {
        (one.day, one.key) for one in planned if one.state == "waiting" and one.task_id in tasks
    }


def went(days: Days, since: int, tasks: set[int]) -> set[Sent]:
    """Return the rows in mails sent since a mail, of these tasks."""
    return {
        (row.mail.digest_on, key(row))
        for row in days.rows(state="mailed")
        if row.mail.digest_on
        and row.mail.id > since
        and row.mail.state == "shown"
        and row.task_id in tasks
    }


def newest_mail(days: Days) -> int:
    with days.reading() as session:
        return session.scalar(select(Mail.id).order_by(Mail.id.desc()).limit(1)) or 0


# Promises -------------------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
def test_what_is_foreseen_on_monday_is_what_is_sent_by_friday(days: Days, seed):
    town(days, seed)
    planned, since, before = foreseen(days), newest_mail(days), open_tasks(days)
    days.pass_by(FRIDAY)
    assert will_go(planned, before)
    assert went(days, since, before) == will_go(planned, before)
    ledger = defaultdict(set)
    for row in days.rows():
        if row.created_at > calendar.at_hour(MONDAY, time(7)):
            ledger[row.state].add(key(row))
    for state in ("muted", "unsubscribed", "no_address", "dead_address"):
        assert ledger[state] == {one.key for one in planned if one.state == state}


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2))
def test_what_is_done_meanwhile_is_not_sent_and_the_rest_is(days: Days, seed):
    town(days, seed)
    planned, since, before = foreseen(days), newest_mail(days), open_tasks(days)
    days.pass_by(TUESDAY)
    days.at(WEDNESDAY, time(7, 30))
    days.answer("record_reception", "received")
    with days.writing() as session:
        mine = select(Task).where(Task.state == "open", Task.role == "administrator")
        instance_id = session.scalars(mine.order_by(Task.id)).all()[0].instance_id
        processes.suspend(session, instance_id, "Una prueba", days.people["sip"])
        standing = session.scalars(select(Task.id).where(Task.instance_id == instance_id)).all()
    days.pass_by(FRIDAY)
    still = (before & open_tasks(days)).difference(standing)
    assert still < before
    assert went(days, since, still) == will_go(planned, still)
    assert went(days, since, before) < will_go(planned, before)


@pytest.mark.nightly
def test_in_the_middle_of_a_day_it_knows_who_has_had_a_mail_today(days: Days):
    town(days, 7)
    days.at(MONDAY)
    days.due_on("record_reception", MONDAY)
    days.change_task("record_reception", assignee_id=days.people["sip"])
    days.remind()
    days.send()
    days.at(MONDAY, time(10))
    days.answer("record_reception", "received")  # the coordinator had a digest today
    planned, since, before = foreseen(days), newest_mail(days), open_tasks(days)
    days.pass_by(NEXT_MONDAY)
    by_friday = {one for one in went(days, since, before) if one[0] <= FRIDAY}
    assert by_friday == will_go(planned, before)
    (arrival,) = [
        one for one in planned if one.task_id == days.task("review_designation").id
        and one.rung == "arrival" and one.person == days.recipient("sip")
    ]  # fmt: skip
    assert arrival.day == TUESDAY


def test_after_the_last_hour_today_is_over(days: Days):
    days.begin_monday()
    days.at(MONDAY, time(18))
    assert [one.day for one in foreseen(days, working_days=1)] == []
    assert [(one.day, one.rung) for one in foreseen(days, working_days=2)] == [(TUESDAY, "arrival")]


@pytest.mark.nightly
def test_from_a_day_on_and_for_so_many_working_days(days: Days):
    days.begin_monday()
    later = foreseen(days, date(2026, 3, 12), 3)
    assert [(one.day.isoformat(), one.rung) for one in later] == [
        ("2026-03-12", "2"), ("2026-03-16", "0"),
    ]  # fmt: skip
    assert len(foreseen(days, MONDAY, 60)) == 24


@pytest.mark.nightly
def test_a_step_that_a_timer_ends_is_not_reminded_of_after_its_date(days: Days):
    days.file()
    days.answer("record_reception", "observed")
    (legal,) = days.open_steps()
    task = days.task(legal)
    if task.due_at is None:  # notified on paper
        days.change_task(legal, due_at=calendar.end_of(WEDNESDAY), counted_on=MONDAY)
    assert {one.rung for one in foreseen(days, MONDAY, 30) if one.task_id == task.id} == {"0"}


@pytest.mark.nightly
def test_a_step_with_a_timer_beyond_its_date_is_reminded_of_until_that(days: Days):
    days.begin_at("designation")
    instance = days.begin("change_authority")
    task_id = days.task("register_authority_change", instance).id
    planned = {one.rung for one in foreseen(days, MONDAY, 90) if one.task_id == task_id}
    assert planned >= {"arrival", "0", "-40"}


@pytest.mark.nightly
def test_a_forecast_writes_nothing_and_costs_no_statement_per_row(days: Days):
    town(days, 3)
    with days.statements() as few:
        foreseen(days)
    with days.statements() as many:
        planned = foreseen(days, MONDAY, 30)
    assert len(many) - len(few) <= 25 + 3 * 5  # the absences of a day, the summary of a week
    assert len(planned) > 60
    assert not days.all(select(Reminder).where(Reminder.rung.not_like("moved %")))


@pytest.mark.nightly
def test_of_one_entity_it_is_what_is_foreseen_of_all_about_it(days: Days):
    town(days, 2)
    every = foreseen(days)
    with days.reading() as session:
        entity_of = {task.id: task.entity_id for task in session.scalars(select(Task))}
        for entity_id in sorted(set(entity_of.values())):
            mine = reminders.forecast(session, MONDAY, 5, entity_id=entity_id)
            assert mine == [one for one in every if entity_of[one.task_id or 0] == entity_id]


@pytest.mark.nightly
def test_the_weeks_of_the_secretary_are_foreseen(days: Days):
    days.at(FRIDAY)
    days.file()
    days.due_on("record_reception", date(2026, 3, 20))
    planned = [one for one in foreseen(days, FRIDAY, 15) if one.recipient == "secretary"]
    assert [(one.day, one.rung) for one in planned] == [
        (DUE, "week 2026-03-16"), (date(2026, 3, 23), "week 2026-03-23"),
    ]  # fmt: skip
