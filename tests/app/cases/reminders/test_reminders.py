"""The reminder log and its job: each reminder once, and none for completed steps."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.db import open_session
from app.base.models import Address, Mail, Reminder, Task, User
from app.cases import processes, reminders
from app.people import access
from tests.app.cases.reminders.reminded import (
    DUE,
    FRIDAY,
    LAST_MONDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Days,
    keys,
    lima,
)
from tests.app.together import killed, together
from tests.app.walk import texts

# The whole ladder -----------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_step_that_nobody_answers_is_driven_to_each_person_without_a_document_number(days: Days):
    days.person("40000014", "authority", "E90001")
    days.person("40000024", "sip")
    days.change_entity(sip_coordinator_id=days.people["sip"])
    days.begin_monday()
    days.pass_by(date(2026, 3, 30))
    sent = {
        capacity: [(day, rung) for day, rung, one in days.log_lines() if one == capacity]
        for capacity in reminders.CAPACITIES
    }
    assert set(days.log_lines(person=days.recipient("preparer"))) == {
        ("2026-03-02", "arrival", "lane"),
        ("2026-03-12", "2", "lane"),
        ("2026-03-16", "0", "lane"),
        ("2026-03-17", "-1", "lane"),
        ("2026-03-19", "-3", "lane"),
        ("2026-03-23", "-5", "lane"),
        ("2026-03-30", "-10", "lane"),
    }
    assert sent["alternate"] == [("2026-03-19", "-3"), ("2026-03-23", "-5"), ("2026-03-30", "-10")]
    assert sent["authority"] == []  # the entity's Despacho is the step's own lane
    assert sent["coordinator"] == [("2026-03-23", "-5"), ("2026-03-30", "-10")]
    assert {row.state for row in days.rows()} == {"mailed"}
    assert len(days.reminder_mails()) == len({row.mail_id for row in days.rows()})
    with days.reading() as session:
        numbers = session.scalars(select(User.document_number)).all()
        for mail in session.scalars(select(Mail)):
            shown = mail.body + mail.subject + reminders.html(session, mail)
            assert not [number for number in numbers if number in shown]


@pytest.mark.nightly
def test_the_authority_reads_of_what_the_administrator_leaves(days: Days):
    authority = days.person("40000014", "authority", "E90001")
    days.begin_at("demo_test")
    days.due_on("run_demo_test", LAST_MONDAY)
    days.pass_by(MONDAY)
    (row,) = days.rows(person=f"u{authority}")
    assert (row.rung, row.recipient, row.due_on) == ("-5", "authority", LAST_MONDAY)
    assert {one.recipient for one in days.rows(rung="-5")} == {
        "lane", "alternate", "authority", "coordinator",
    }  # fmt: skip


@pytest.mark.nightly
def test_where_there_is_no_alternate_it_is_the_preparer(days: Days):
    with days.writing() as session:
        user = days.user(session, "alternate")
        entity = user.grants[0].entity
        access.revoke(session, user, "alternate", entity, None)
    days.begin_at("demo_test")
    days.due_on("run_demo_test", date(2026, 2, 25))
    days.pass_by(MONDAY)
    assert [row.recipient for row in days.rows(person=days.recipient("preparer"))] == ["preparer"]


@pytest.mark.nightly
def test_before_a_code_is_entered_it_is_the_mesa_de_partes_from_the_third_day(days: Days):
    instance = days.begin(code="E90002")
    days.pass_by(date(2026, 3, 19))
    nobody = days.rows(person="")
    assert [(row.rung, row.state) for row in nobody] == [
        (rung, "no_address") for rung in ("arrival", "2", "0", "-1")
    ]
    (row,) = days.rows(person="mesadepartes.e90002@example.pe")
    assert (row.rung, row.recipient, row.state) == ("-3", "mesa_de_partes", "mailed")
    assert row.mail.to == "mesadepartes.e90002@example.pe"
    assert row.mail.entity_id == row.task.entity_id
    assert "http://localhost/activar" in row.mail.body
    assert f"/tareas/{days.task('designate_administrator', instance).id}" not in row.mail.body


@pytest.mark.nightly
def test_only_the_person_who_took_a_step_is_reminded(days: Days):
    days.begin_at("demo_test")
    task_id = days.change_task("run_demo_test", assignee_id=days.people["alternate"])
    days.pass_by(MONDAY)
    assert [row.person for row in days.rows(task_id=task_id)] == [days.recipient("alternate")]
    assert "tomaste este paso" in days.rows(task_id=task_id)[0].mail.body
    with days.writing() as session:  # this user may no longer answer it
        days.user(session, "alternate").active = False
    days.due_on("run_demo_test", TUESDAY)
    days.pass_by(TUESDAY)
    assert [row.person for row in days.rows(task_id=task_id, rung="0")] == [
        days.recipient("administrator")
    ]


@pytest.mark.nightly
def test_a_step_of_the_pcm_goes_to_the_coordinator_in_charge_and_never_to_the_secretary(
    days: Days,
):
    days.person("40000024", "sip")
    days.file()
    days.change_entity(sip_coordinator_id=days.people["sip"])
    days.due_on("record_reception", MONDAY)
    days.pass_by(MONDAY)
    ladder = [row for row in days.rows() if not row.rung.startswith("week")]
    assert [(row.person, row.recipient) for row in ladder] == [
        (days.recipient("sip"), "coordinator")
    ]


@pytest.mark.nightly
def test_a_person_reached_twice_is_reminded_once_with_the_first_reason(days: Days):
    with days.writing() as session:
        user = days.user(session, "preparer")
        access.grant(session, user, "authority", user.grants[0].entity, None)
        access.grant(session, user, "alternate", user.grants[0].entity, None)
    days.begin_monday()
    days.due_on("designate_administrator", LAST_MONDAY)
    days.pass_by(MONDAY)
    mine = days.rows(person=days.recipient("preparer"))
    assert [(row.rung, row.recipient) for row in mine] == [("-5", "lane")]


@pytest.mark.nightly
def test_a_substitute_is_reminded_in_the_place_of_the_absent(days: Days):
    people = days.people
    days.begin_at("demo_test")
    with days.writing() as session:
        away, here = (session.get_one(User, people[one]) for one in ("administrator", "alternate"))
        access.absences.note(session, away, here, MONDAY, WEDNESDAY, people["administrator"])
    days.pass_by(MONDAY)
    (row,) = days.rows()
    assert (row.person, row.recipient) == (days.recipient("alternate"), "lane")
    assert "porque reemplazas a Persona Ejemplo 012" in row.mail.body
    assert f"/tareas/{row.task_id}" in row.mail.body
    days.due_on("run_demo_test", date(2026, 3, 5))
    days.pass_by(date(2026, 3, 5))
    assert [one.person for one in days.rows(rung="0")] == [days.recipient("administrator")]


# No reminder without a reason -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "values"), [("no_address", {"email": ""}), ("unsubscribed", {"wants_digest": False})]
)
def test_a_row_that_reaches_nobody_is_logged_with_the_reason(days: Days, state, values):
    with days.writing() as session:
        user = days.user(session, "preparer")
        for name, value in values.items():
            setattr(user, name, value)
    days.begin_monday()
    days.pass_by(MONDAY)
    assert [(row.rung, row.state, row.mail_id) for row in days.rows()] == [("arrival", state, None)]
    assert days.reminder_mails() == []


@pytest.mark.nightly
def test_nothing_goes_to_a_dead_address_and_again_once_it_lives(days: Days):
    with days.writing() as session:
        session.add(Address(address="persona.011@example.pe", dead_at=calendar.now()))
    days.begin_monday()
    days.pass_by(MONDAY)
    assert [row.state for row in days.rows()] == ["dead_address"]
    with days.writing() as session:
        session.execute(update(Address).values(dead_at=None))
    days.pass_by(date(2026, 3, 12))
    assert [(row.rung, row.state) for row in days.rows()][1:] == [("2", "mailed")]


def test_mails_are_written_in_the_hours_of_sending_of_working_days_alone(days: Days):
    days.begin_monday()
    for day, hour in (
        (MONDAY, time(7, 59)),
        (MONDAY, time(18)),
        (date(2026, 3, 7), time(10)),  # a Saturday
        (date(2026, 4, 2), time(10)),  # Maundy Thursday
    ):
        days.at(day, hour)
        assert days.remind() == {}
    assert days.rows() == []
    days.at(TUESDAY, time(17, 59))
    assert days.remind()["digests"] == 1


def test_outside_of_its_hours_the_job_asks_one_statement_at_most(days: Days):
    days.begin_monday()
    for moment, most in (
        (lima(2026, 3, 2, 19), 0),
        (lima(2026, 3, 7, 10), 0),
        (lima(2026, 3, 3, 10), 3),
    ):
        days.pass_by(MONDAY)
        days.clock.set(moment)
        with days.statements() as sent:
            assert days.remind() == {}
        assert len([one for one in sent if not one.startswith(("BEGIN", "PRAGMA"))]) <= most


@pytest.mark.nightly
def test_what_was_answered_a_second_before_sends_nothing(days: Days):
    days.begin_monday()
    days.remind()
    assert [row.state for row in days.rows()] == ["mailed"]
    days.answer("designate_administrator")
    assert days.send().get("dropped") == 1
    row = days.rows(rung="arrival")[0]
    assert (row.state, row.mail.state) == ("answered", "dropped")


@pytest.mark.nightly
def test_of_two_steps_the_one_that_was_answered_is_taken_out(days: Days):
    days.begin_monday()
    with days.writing() as session:
        session.scalars(select(Task)).one().next_reminder_at = None
    days.answer("designate_administrator")
    days.begin("change_authority")
    days.change_task("list_personnel")
    days.remind()
    (mail,) = [one for one in days.reminder_mails() if one.to == "persona.011@example.pe"]
    assert mail.subject.startswith("2 pasos")
    days.answer("list_personnel")
    days.send()
    (mail,) = [one for one in days.reminder_mails() if one.to == "persona.011@example.pe"]
    assert (mail.state, mail.subject.startswith("2 pasos")) == ("shown", False)
    assert days.task("list_personnel").name not in mail.body


@pytest.mark.nightly
def test_a_task_of_a_suspended_case_has_no_reminders(days: Days):
    days.begin_monday()
    days.act(processes.suspend, "Se espera un informe.")
    days.pass_by(FRIDAY)
    assert days.rows() == []
    days.at(NEXT_MONDAY, time(9))
    days.act(processes.resume, "Llegó el informe.")
    days.pass_by(NEXT_MONDAY)
    assert days.log_lines() == [
        ("2026-03-09", "moved 2026-03-16", "lane"), ("2026-03-09", "arrival", "lane"),
    ]  # fmt: skip
    assert days.rows()[0].due_on > DUE


# Each reminder once ---------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_step_that_comes_after_the_digest_waits_for_the_next_working_day(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(11))
    days.answer("designate_administrator")
    days.remind()
    rows = days.rows(state="waiting")
    assert [row.rung for row in rows] == ["arrival"]
    days.pass_by(TUESDAY)
    (row,) = days.rows(id=rows[0].id)
    assert (row.state, row.mail.digest_on) == ("mailed", TUESDAY)


def test_a_standstill_of_two_weeks_sends_the_newest_alone(days: Days):
    days.begin_monday()
    days.at(date(2026, 3, 18))
    days.remind()
    assert days.log_lines() == [("2026-03-18", "-1", "lane")]
    assert "2 días hábiles de atraso" in days.reminder_mails()[0].body.replace(
        "\N{NO-BREAK SPACE}", " "
    )


@pytest.mark.nightly
def test_a_digest_that_was_not_sent_that_day_goes_into_the_next_ones(days: Days):
    days.begin_monday()
    days.remind()
    task_id = days.due_on("designate_administrator", TUESDAY)
    with days.writing() as session:  # the date moved; restore the announced one
        session.execute(update(Reminder).values(due_on=TUESDAY))
    days.at(TUESDAY)
    assert days.send() == {}
    days.remind()
    days.send()
    (mail,) = days.reminder_mails()
    assert (mail.digest_on, mail.state) == (TUESDAY, "shown")
    assert {row.rung for row in days.rows(task_id=task_id, mail_id=mail.id)} == {"arrival", "0"}
    assert mail.body.count("* ") == 1


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_that_run_at_once_write_each_row_and_mail_once(days: Days):
    days.begin_monday()
    for number in range(2, 8):
        days.person(f"410000{number}1", "preparer", f"E9000{number}")
        days.begin(code=f"E9000{number}")
    results = together(days.remind, days.remind, days.remind)
    assert not [one for one in results if isinstance(one, Exception)], results
    rows = days.rows()
    assert len(keys(rows)) == len(rows) == 7
    assert {row.state for row in rows} == {"mailed"}
    assert len(days.reminder_mails()) == 7


@pytest.mark.nightly
@pytest.mark.parametrize("when", ["after_flush", "before_commit", "after_commit"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_killed_anywhere_it_forgets_nothing_and_repeats_nothing(days: Days, when, number):
    days.begin_monday()
    days.change_entity(sip_coordinator_id=days.people["sip"])
    days.due_on("designate_administrator", LAST_MONDAY)
    killed(days.app, days.remind, when, number)
    days.remind()
    days.send()
    assert {(row.rung, row.recipient, row.state) for row in days.rows()} == {
        ("-5", "lane", "mailed"), ("-5", "alternate", "mailed"), ("-5", "coordinator", "mailed"),
    }  # fmt: skip
    assert len(days.reminder_mails()) == 3


@pytest.mark.nightly
def test_the_table_of_the_version_in_force_is_used(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    changed = texts()["reminders.dmn"].replace("<text>2</text>", "<text>6</text>")
    days.at(TUESDAY)
    days.commit(processes.deploy, texts() | {"reminders.dmn": changed})
    days.pass_by(date(2026, 3, 13))
    assert days.log_lines() == [("2026-03-02", "arrival", "lane"), ("2026-03-06", "6", "lane")]


# The pages of the log -------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_person_who_has_the_role_now_is_reminded_not_who_lost_it_overnight(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(11))
    days.answer("designate_administrator")
    days.remind()
    other = days.person("40000015", "preparer", "E90001")
    with days.writing() as session:
        user = days.user(session, "preparer")
        access.revoke(session, user, "preparer", user.grants[0].entity, None)
    days.pass_by(TUESDAY)
    rows = {row.person: row for row in days.rows(due_on=DUE, state="mailed")}
    task = days.task("list_personnel")
    assert [row.task_id for row in rows.values() if row.person == f"u{other}"] == [task.id]
    assert {row.state for row in days.rows(task_id=task.id, person=days.recipient("preparer"))} == {
        "answered"
    }


def test_a_second_run_finds_nothing_and_the_keys_of_the_ledger_are_the_databases(days: Days):
    task_id = days.begin_monday()
    assert days.remind()["entered"] == 1
    assert days.remind() == {}
    with days.app.app_context(), open_session(days.engine) as session:
        (row,) = session.scalars(select(Reminder)).all()
        key = {name: getattr(row, name) for name in ("due_on", "rung", "person")}
        other = {"mail_kind": "task_arrived", "recipient": "lane", "created_at": calendar.now()}
        session.add(Reminder(task_id=task_id, **key, **other))
        with pytest.raises(Exception, match=r"(?i)unique"):
            session.flush()
