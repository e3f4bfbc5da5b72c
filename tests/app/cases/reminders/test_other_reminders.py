"""Reminders outside the ladder: moved dates, manual reminders, the secretary's week."""

from __future__ import annotations

from datetime import date, time

import pytest

from app.base import calendar
from app.base.models import Task
from app.cases import processes, reminders
from app.people import access
from tests.app.cases.reminders.reminded import (
    DUE,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Days,
)

# Dates that move ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_moved_date_is_in_the_digest_with_its_reason(days: Days):
    task_id = days.begin_monday()
    days.pass_by(MONDAY)
    with days.writing() as session:
        processes.extend(session, task_id, 5, "Se mudan de local.", days.people["sip"])
        reminders.announce_moved(session, session.get_one(Task, task_id), DUE)
    days.pass_by(TUESDAY)
    (row,) = days.rows(rung="moved 2026-03-16")
    assert (row.due_on, row.recipient, row.mail_kind) == (date(2026, 3, 23), "lane", "task_moved")
    assert "La fecha cambió del 16 de marzo de 2026 al 23 de marzo de 2026" in row.mail.body
    assert "Se mudan de local." in row.mail.body
    assert "cambió la fecha" in row.mail.subject


@pytest.mark.nightly
def test_a_date_that_moves_there_and_back_is_announced_each_time(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    friday = date(2026, 3, 20)
    for there in (friday, DUE, friday):
        days.move(there)
    days.pass_by(TUESDAY)
    assert [(row.due_on, row.state) for row in days.rows(rung="moved 2026-03-16")] == [
        (friday, "mailed")
    ]
    assert {row.state for row in days.rows(rung="moved 2026-03-20")} == {"answered"}
    days.move(DUE)
    days.move(friday)
    days.pass_by(WEDNESDAY)
    (row,) = days.rows(rung="moved 2026-03-16")
    assert row.mail.digest_on == WEDNESDAY


@pytest.mark.nightly
def test_a_date_that_moved_back_unannounced_is_announced_when_it_moves_again(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    friday = date(2026, 3, 20)
    days.move(friday)
    days.move(DUE)
    days.pass_by(TUESDAY)
    assert [row.state for row in days.rows(due_on=friday)] == ["answered"]
    days.move(friday)
    days.pass_by(WEDNESDAY)
    (row,) = days.rows(due_on=friday)
    assert (row.state, row.mail.digest_on) == ("mailed", WEDNESDAY)


def test_a_date_that_did_not_move_or_does_not_run_is_not_announced(days: Days):
    task_id = days.begin_monday()
    with days.writing() as session:
        task = session.get_one(Task, task_id)
        reminders.announce_moved(session, task, DUE)
        task.due_at = None
        reminders.announce_moved(session, task, DUE)
        task.state, task.due_at = "completed", calendar.end_of(MONDAY)
        reminders.announce_moved(session, task, DUE)
        session.rollback()
    assert days.rows() == []


# Manual reminders -----------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_coordinator_reminds_now_and_not_again_for_four_hours(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(10))
    assert days.remind_now() == "El recordatorio sale ahora."
    days.send()
    (mail,) = days.reminder_mails("reminder_now")
    assert (mail.to, mail.state, mail.digest_on) == ("persona.011@example.pe", "shown", None)
    (row,) = days.rows(mail_kind="reminder_now")
    assert row.rung.startswith("now 2026-03-02T15:00:00")
    assert (row.by_id, row.state, row.mail_id) == (days.people["sip"], "mailed", mail.id)
    days.at(MONDAY, time(13, 59))
    with pytest.raises(reminders.Refused, match=r"10:00.*14:00"):
        days.remind_now()
    days.at(MONDAY, time(14))
    assert days.remind_now()
    assert [one.data["name"] for one in days.entries("reminders.sent_now")] == [row.task.name] * 2


@pytest.mark.nightly
def test_by_hand_at_night_it_goes_in_the_morning_unless_it_is_answered(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(21))
    said = days.remind_now()
    assert said == "El recordatorio saldrá el martes 3 de marzo de 2026, a las 08:00."
    assert days.send() == {}
    days.answer("designate_administrator")
    days.at(TUESDAY)
    assert days.send().get("dropped") == 1


def test_by_hand_says_why_it_cannot(days: Days):
    task_id = days.begin_monday()
    with days.writing() as session:
        days.user(session, "preparer").email = ""
    with pytest.raises(reminders.Refused, match="No hay a quién"):
        days.remind_now()
    days.change_task("designate_administrator", due_at=None)
    with pytest.raises(reminders.Refused, match="no corre"):
        days.remind_now()
    with days.writing() as session:
        task = session.get_one(Task, task_id)
        task.state = "completed"
        session.flush()
        with pytest.raises(reminders.Refused, match="ya no está abierto"):
            reminders.send_now(session, task, days.people["sip"])
    assert days.rows() == []


# The week of the Despacho ---------------------------------------------------------------------


@pytest.mark.nightly
def test_the_secretary_gets_one_summary_on_the_first_working_day(days: Days):
    days.at(date(2026, 4, 24))
    days.file()
    days.due_on("record_reception", date(2026, 4, 28))
    days.at(date(2026, 4, 27))
    days.pass_by(date(2026, 5, 5))
    weekly = days.reminder_mails("weekly")
    assert [(one.digest_on, one.to) for one in weekly] == [
        (date(2026, 4, 27), "persona.023@example.pe"),
        (date(2026, 5, 4), "persona.023@example.pe"),
    ]
    rows = days.rows(recipient="secretary")
    assert [(row.rung, row.mail_kind, row.state) for row in rows] == [
        ("week 2026-04-27", "weekly", "mailed"), ("week 2026-05-04", "weekly", "mailed"),
    ]  # fmt: skip
    assert weekly[1].subject == "Semana del 4 de mayo de 2026: 1 paso con atraso"
    assert days.remind() == {}


@pytest.mark.nightly
def test_a_summary_missed_on_the_first_day_of_the_week_is_sent_on_another(days: Days):
    days.at(FRIDAY)
    days.file()
    days.due_on("record_reception", date(2026, 3, 11))
    days.at(date(2026, 3, 11))
    days.remind()
    assert [row.rung for row in days.rows(recipient="secretary")] == ["week 2026-03-09"]


@pytest.mark.nightly
def test_what_comes_in_the_week_makes_no_summary_where_there_was_none(days: Days):
    days.pass_by(MONDAY)
    days.at(TUESDAY)
    days.file()
    days.due_on("record_reception", WEDNESDAY)
    days.change_task("record_reception", opened_at=calendar.now())
    days.pass_by(FRIDAY)
    assert days.reminder_mails("weekly") == []


@pytest.mark.nightly
def test_who_coordinates_and_signs_gets_one_mail_with_both(days: Days):
    with days.writing() as session:
        access.grant(session, days.user(session, "secretary"), "sip", None, None)
    days.change_entity(sip_coordinator_id=days.people["secretary"])
    days.at(FRIDAY)
    days.file()
    days.due_on("record_reception", NEXT_MONDAY)
    days.at(NEXT_MONDAY)
    days.pass_by(NEXT_MONDAY)
    (mail,) = [one for one in days.reminder_mails() if one.to == "persona.023@example.pe"]
    assert mail.kind == "weekly"
    assert "ADEMÁS" in mail.body
    assert {row.recipient for row in days.rows(mail_id=mail.id)} == {"secretary", "coordinator"}
