"""A written digest when it is sent: its valid content, and its recipient."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import update

from app.base import calendar
from app.base.models import Address, Mail, Task, User
from app.cases import processes, reminders
from app.cases.reminders import digest, holds
from app.cases.reminders.ladder import Ladder
from app.people import access
from tests.app.cases.reminders.reminded import DUE, MONDAY, NEXT_MONDAY, TUESDAY, Days


def written(days: Days) -> Mail:
    """Return the preparer's digest of MONDAY, which waits in the outbox."""
    days.begin_monday()
    days.remind()
    (mail,) = days.reminder_mails()
    return mail


def hold(days: Days, scope: str, value: str) -> int:
    by = days.people["sip"]
    return days.commit(holds.hold, scope, value, until_on=None, reason="Feriado", by_id=by).id


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("scope", "value"),
    [("entity", "E90001"), ("stage", "designation"), ("region", "Lima"), ("day", "2026-03-02")],
)
def test_what_is_held_after_it_was_written_waits_until_it_is_lifted(days: Days, scope, value):
    written(days)
    held = hold(days, scope, value)
    assert days.send() == {"dropped": 1}
    assert [(row.state, row.mail_id) for row in days.rows()] == [("waiting", None)]
    days.commit(holds.lift, held, days.people["sgtd"])
    days.pass_by(TUESDAY)
    assert [(row.rung, row.mail.state) for row in days.rows()] == [("arrival", "shown")]


def silence(days: Days, why: str) -> None:
    with days.writing() as session:
        user = days.user(session, "preparer")
        if why == "muted":
            by = days.people["sip"]
            holds.mute(session, days.recipient("preparer"), reason="De licencia", by_id=by)
        elif why == "unsubscribed":
            user.wants_digest = False
        else:
            session.add(Address(address=user.email, dead_at=calendar.now()))


@pytest.mark.parametrize("why", ["muted", "unsubscribed", "dead_address"])
def test_a_dead_or_muted_person_gets_none_and_the_log_says_why(days: Days, why):
    written(days)
    silence(days, why)
    assert days.send() == {"dropped": 1}
    assert [(row.state, row.mail_id) for row in days.rows()] == [(why, None)]


@pytest.mark.nightly
def test_a_hold_does_not_keep_back_what_a_coordinator_sends_but_a_mute_does(days: Days):
    days.begin_monday()
    days.remind_now()
    hold(days, "entity", "E90001")
    assert days.send() == {"shown": 1}
    days.at(MONDAY, time(14))
    days.remind_now()
    silence(days, "muted")
    assert days.send() == {"dropped": 1}
    assert [row.state for row in days.rows()] == ["mailed", "muted"]


@pytest.mark.nightly
def test_the_person_who_has_the_role_now_gets_it_not_who_lost_it_since(days: Days):
    written(days)
    successor = days.person("41000011", "preparer", "E90001")
    with days.writing() as session:
        user = days.user(session, "preparer")
        access.revoke(session, user, "preparer", user.grants[0].entity, None)
    assert days.send() == {"dropped": 1}
    days.remind()
    assert days.send() == {"shown": 1}
    assert [(row.person, row.state) for row in days.rows()] == [
        (days.recipient("preparer"), "answered"),
        (f"u{successor}", "mailed"),
    ]


@pytest.mark.nightly
def test_who_is_away_since_it_was_written_is_stood_in_for(days: Days):
    people = days.people
    days.begin_at("demo_test")
    days.remind()
    with days.writing() as session:
        away, here = (session.get_one(User, people[one]) for one in ("administrator", "alternate"))
        access.absences.note(session, away, here, MONDAY, TUESDAY, people["administrator"])
    assert days.send()["dropped"] == 1
    days.remind()
    assert days.send() == {"shown": 1}
    assert days.reminder_mails()[-1].person == days.recipient("alternate")


@pytest.mark.nightly
@pytest.mark.parametrize("is_dead", [False, True])
def test_it_goes_to_the_address_that_the_person_has_now(days: Days, is_dead: bool):
    mail = written(days)
    with days.writing() as session:
        days.user(session, "preparer").email = "nueva@example.pe"
        if is_dead:
            session.add(Address(address=mail.to, dead_at=calendar.now()))
    assert days.send() == {"shown": 1}
    assert [one.to for one in days.reminder_mails()] == ["nueva@example.pe"]
    assert [row.address for row in days.rows()] == ["nueva@example.pe"]


@pytest.mark.nightly
def test_of_a_case_suspended_after_it_was_written_the_rung_is_not_lost(days: Days):
    written(days)
    days.act(processes.suspend, "Se espera un informe.")
    assert days.send() == {"dropped": 1}
    assert [(row.state, row.mail_id) for row in days.rows()] == [("waiting", None)]
    days.act(processes.resume, "Llegó el informe.")
    days.pass_by(TUESDAY)
    assert [(row.rung, row.due_on, row.state) for row in days.rows()] == [
        ("arrival", DUE, "mailed")
    ]


@pytest.mark.nightly
@pytest.mark.parametrize(("uncertain", "digests"), [(False, [TUESDAY]), (True, [MONDAY, TUESDAY])])
def test_what_the_server_refused_on_another_day_goes_into_the_digest_of_today(
    days: Days, uncertain: bool, digests: list[date]
):
    mail = written(days)
    days.due_on("designate_administrator", TUESDAY)
    with days.writing() as session:
        tried = {"attempts": 2, "uncertain": uncertain, "next_try_at": calendar.now()}
        tried["lease_until_at"] = calendar.now()
        session.execute(update(Mail).where(Mail.id == mail.id).values(**tried))
    days.at(TUESDAY)
    days.remind()
    assert [one.digest_on for one in days.reminder_mails()] == digests


@pytest.mark.nightly
def test_a_resumed_case_announces_the_dates_that_moved(days: Days):
    written(days)
    days.send()
    days.act(processes.suspend, "Se espera un informe.")
    days.at(NEXT_MONDAY, time(9))
    days.act(processes.resume, "Llegó el informe.")
    days.remind()
    (row,) = days.rows(mail_kind="task_moved")
    assert (row.rung, row.state) == (f"moved {DUE.isoformat()}", "mailed")
    assert row.due_on > DUE
    assert "La fecha cambió del 16 de marzo de 2026" in row.mail.body


# Manual reminders -----------------------------------------------------------------------------


def test_before_a_code_was_entered_the_mesa_de_partes_is_reminded_by_hand(days: Days):
    days.begin(code="E90002")
    assert days.remind_now()
    assert days.send() == {"shown": 1}
    assert [one.to for one in days.reminder_mails()] == ["mesadepartes.e90002@example.pe"]


@pytest.mark.nightly
def test_manual_reminders_and_moved_dates_reach_the_despacho_for_its_steps(days: Days):
    days.file()
    task_id = days.change_task("record_reception", role="secretary")
    days.remind_now("record_reception")
    with days.writing() as session:
        task = session.get_one(Task, task_id)
        reminders.announce_moved(session, task, date(2026, 2, 27))
    rows = days.rows(task_id=task_id)
    assert {(row.person, row.recipient) for row in rows} == {
        (days.recipient("secretary"), "secretary")
    }
    (mail,) = days.reminder_mails("reminder_now")
    assert "porque te corresponde este paso" in mail.body


# Failures -------------------------------------------------------------------------------------


def two(days: Days) -> tuple[int, int]:
    """Open the first steps of two entities, each with a preparer; return their ids."""
    first = days.begin_monday()
    days.person("41000021", "preparer", "E90002")
    instance = days.begin(code="E90002")
    return first, days.task("designate_administrator", instance).id


@pytest.mark.nightly
def test_a_task_that_raises_keeps_nobody_elses_reminders_back(days: Days, monkeypatch, caplog):
    broken, whole = two(days)
    newest = Ladder.newest

    def fails(self, task: Task, *rest):
        if task.id == broken:
            raise ValueError("no such stage")
        return newest(self, task, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Ladder, "newest", fails)
        days.remind()
        assert [(row.task_id, row.state) for row in days.rows()] == [(whole, "mailed")]
        assert [one.task for one in caplog.records if hasattr(one, "task")] == [broken]
        assert days.remind() == {}, "it is left alone for an hour"
    days.at(MONDAY, time(10))
    days.remind()
    assert [row.task_id for row in days.rows()] == [whole, broken]


@pytest.mark.nightly
def test_a_person_whose_mail_raises_keeps_nobody_elses_back(days: Days, monkeypatch, caplog):
    broken, whole = two(days)
    render = digest.text_of

    def fails(one):
        if one.person == days.recipient("preparer"):
            raise ValueError("no such text")
        return render(one)

    with monkeypatch.context() as patch:
        patch.setattr(digest, "text_of", fails)
        assert days.remind()["failed"] == 1
    assert [(row.task_id, row.state) for row in days.rows()] == [
        (broken, "waiting"), (whole, "mailed"),
    ]  # fmt: skip
    assert "persona.011" not in caplog.text
    days.remind()
    assert {row.state for row in days.rows()} == {"mailed"}
