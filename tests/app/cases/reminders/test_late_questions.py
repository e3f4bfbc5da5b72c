"""Questions that wait for the PCM: its people are reminded of them as of their steps."""

from __future__ import annotations

from datetime import date, time

import pytest

from app.base import calendar
from app.base.models import NonWorkingDay, Question
from app.cases import processes, reminders
from app.cases.processes import Change
from app.cases.reminders import holds
from tests.app.cases.questions.raised import SUBJECT, act, question, raised
from tests.app.cases.reminders.reminded import (
    DUE,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    Days,
)

pytestmark = pytest.mark.nightly

#: The last day of a question that was asked on MONDAY: three working days.
LAST, LATE = date(2026, 3, 5), FRIDAY
NAME = f"Responder la consulta «{SUBJECT}»"


@pytest.fixture
def number(days: Days) -> int:
    days.begin_monday()
    return raised(days)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def lines(days: Days, number: int) -> list[tuple[str, str, str]]:
    return days.log_lines(question_id=number, person=days.recipient("sip"))


@pytest.mark.postgresql
def test_a_question_that_nobody_answers_goes_up_the_ladder_of_the_pcm(days: Days, number: int):
    days.pass_by(date(2026, 3, 12))
    assert lines(days, number) == [
        ("2026-03-03", "2", "coordinator"),
        ("2026-03-05", "0", "coordinator"),
        ("2026-03-06", "-1", "coordinator"),
        ("2026-03-10", "-3", "coordinator"),
        ("2026-03-12", "-5", "coordinator"),
    ]
    assert {row.state for row in days.rows(question_id=number)} == {"mailed"}
    (mail,) = [one for one in days.reminder_mails() if one.to == "persona.021@example.pe"][2:3]
    assert mail.digest_on == LATE
    assert mail.subject.startswith(f"{NAME}: ")
    body = plain(mail.body)
    assert "Venció el 5 de marzo de 2026: 1 día hábil de atraso." in body
    assert f"Responde la consulta: http://localhost/entidades/E90001/consultas/{number}" in body
    with days.reading() as session:
        assert NAME in reminders.html(session, mail)
    assert days.remind() == {}


def test_that_it_came_has_its_own_mail_and_no_reminder(days: Days, number: int):
    days.pass_by(MONDAY)
    assert lines(days, number) == []


def test_who_is_in_charge_is_reminded_and_nobody_else(days: Days, number: int):
    other = days.person("40000029", "sip")
    days.change_entity(sip_coordinator_id=other)
    days.pass_by(LATE)
    assert {row.person for row in days.rows(question_id=number)} == {f"u{other}"}


def test_an_answer_ends_what_was_not_sent_yet(days: Days, number: int):
    days.pass_by(LAST)
    days.at(LATE)
    days.remind()
    act(days, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    days.send()
    assert [row.state for row in days.rows(question_id=number, rung="-1")] == ["answered"]
    days.pass_by(date(2026, 3, 12))
    assert lines(days, number)[-1] == ("2026-03-06", "-1", "coordinator")


def test_a_question_that_opens_again_begins_the_ladder_again(days: Days, number: int):
    days.pass_by(LATE)
    act(days, "close", number, "sip")
    days.at(NEXT_MONDAY, time(9))
    act(days, "reopen", number, "sip")
    assert question(days, number).due_at == calendar.end_of(date(2026, 3, 12))
    days.pass_by(date(2026, 3, 13))
    assert lines(days, number)[-3:] == [
        ("2026-03-10", "2", "coordinator"),
        ("2026-03-12", "0", "coordinator"),
        ("2026-03-13", "-1", "coordinator"),
    ]


@pytest.mark.parametrize(
    ("scope", "value"), [("entity", "E90001"), ("stage", "designation"), ("day", "2026-03-06")]
)
def test_it_is_held_like_the_steps_of_its_entity_and_stage(
    days: Days, number: int, scope: str, value: str
):
    days.at(LATE)
    by = days.people["sgtd"]
    days.commit(holds.hold, scope, value, until_on=LATE, reason="De la prueba.", by_id=by)
    days.pass_by(LATE)
    assert lines(days, number) == []
    days.pass_by(date(2026, 3, 10))
    assert lines(days, number)[-1] == ("2026-03-10", "-3", "coordinator")


@pytest.mark.postgresql
def test_what_is_foreseen_is_what_is_sent(days: Days, number: int):
    days.at(TUESDAY, time(7))
    with days.reading() as session:
        planned = [
            (one.day, one.rung, one.person)
            for one in reminders.forecast(session, TUESDAY, 10)
            if one.question_id == number
        ]
    days.pass_by(DUE)
    sent = [
        (row.mail.digest_on, row.rung, row.person)
        for row in days.rows(question_id=number)
        if row.mail and row.mail.digest_on
    ]
    assert set(planned) == set(sent)
    assert {rung for _, rung, _ in sent} >= {"2", "0", "-1", "-3", "-5", "week 2026-03-09"}


def test_the_secretary_reads_of_it_in_the_week(days: Days, number: int):
    days.at(NEXT_MONDAY)
    days.pass_by(NEXT_MONDAY)
    (mail,) = days.reminder_mails("weekly")
    assert mail.subject == "Semana del 9 de marzo de 2026: 1 consulta con atraso"
    assert f"* {NAME}, " in mail.body
    assert f"/entidades/E90001/consultas/{number}\n" in mail.body


def test_a_new_day_off_moves_its_date_and_says_so(days: Days, number: int):
    with days.writing() as session:
        day = NonWorkingDay(on=WEDNESDAY, scope="national", place="", norm="DS 001")
        change = Change(added=(day,))
        foreseen = processes.would_move(session, change)
        assert processes.change_calendar(session, change, None) == foreseen
    steps = len(days.entries("task.moved"))
    assert foreseen.terms == steps + 1, "the question counts too"
    assert question(days, number).due_at == calendar.end_of(LATE)
    days.pass_by(TUESDAY)
    assert "moved 2026-03-05" in {row.rung for row in days.rows(question_id=number)}


def test_the_pages_of_reminders_name_it(days: Days, number: int):
    days.pass_by(LATE)
    client = days.browser("sip")
    page = plain(client.get("/recordatorios").text)
    assert NAME in page
    assert "1 día hábil de atraso" in page
    assert NAME in client.get("/recordatorios/previstos?dia=2026-03-10").text


def test_a_document_number_in_its_subject_goes_into_no_mail(days: Days, number: int):
    with days.writing() as session:
        session.get_one(Question, number).subject = "¿Firma el DNI 40000011?"
    days.pass_by(LATE)
    assert not [mail for mail in days.reminder_mails() if "40000011" in mail.subject + mail.body]
