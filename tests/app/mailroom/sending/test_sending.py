"""Sending: each mail once, to its recipient, when allowed, with any behaviour of the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Address, Mail, Notice
from app.cases import reminders
from app.mailroom import sending
from app.mailroom.sending import return_path, transport
from app.mailroom.sending.run import MOST_TRIES
from app.people.mail.erasing import ERASED
from tests.app import cast
from tests.app.mailroom.outgoing import app, found, minutes_pass, post, settings, states, writing
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.smtp import Server, smtp

__all__ = ["app", "settings", "smtp"]  # fixtures


# Sent mails ------------------------------------------------------------------------------------


def test_what_waits_is_sent_over_one_connection(app: Flask, smtp: Server):
    post(app, "una@example.pe", "otra@example.pe", "tercera@example.pe")
    assert sending.run(app) == {"sent": 3}
    assert smtp.to == ["una@example.pe", "otra@example.pe", "tercera@example.pe"]
    assert smtp.sessions == 1
    rows = found(app)
    assert [one.id for one in smtp.deliveries] == [row.message_id for row in rows]
    assert {(row.state, row.sent_at, row.attempts, row.error) for row in rows} == {
        ("sent", calendar.now(), 1, "")
    }
    assert sending.run(app) == {}


def test_each_comes_back_to_an_address_of_its_own(app: Flask, smtp: Server):
    ids = post(app, "una@example.pe", "otra@example.pe")
    sending.run(app)
    with app.app_context():
        assert [return_path.read(one.sender) for one in smtp.deliveries] == ids


@pytest.mark.postgresql
def test_what_lets_a_person_in_is_erased_once_the_server_took_it_or_knows_no_such_address(
    app: Flask, smtp: Server
):
    body = "http://localhost/invitacion/a-secret_1\nCódigo: 7K2M-9QXT-04BD\n"
    post(app, "una@example.pe", kind="invitation", body=body)
    assert sending.run(app) == {"sent": 1}
    smtp.answers["RCPT"] = ["550 5.1.1 user unknown"]
    post(app, "nadie@example.pe", kind="reset", body=body)
    assert sending.run(app) == {"bounced": 1}
    smtp.answers["RCPT"] = ["450 later"]
    post(app, "otra@example.pe", kind="activation", body=body)
    assert sending.run(app) == {"later": 1}
    (delivered,) = smtp.deliveries
    assert "a-secret_1" in delivered.message.get_content()
    gone = f"http://localhost/invitacion/{ERASED}\nCódigo: {ERASED}\n"
    assert [one.body for one in found(app)] == [gone, gone, body]


@pytest.mark.nightly
def test_without_a_server_mails_are_shown_on_a_page(app: Flask, smtp: Server):
    app.config["SMTP_HOST"] = ""
    post(app, *[f"n{number}@example.pe" for number in range(130)], kind="reset", body="/clave/x")
    assert sending.run(app) == {"shown": 130}, "nobody limits a page"
    assert smtp.deliveries == []
    assert found(app)[0].sent_at == calendar.now()
    assert found(app)[0].body == "/clave/x", "the row is the delivery"


def test_a_mail_that_may_not_go_yet_waits(app: Flask, smtp: Server, clock: Clock):
    post(app, not_before_at=calendar.now() + timedelta(hours=1))
    assert sending.run(app) == {}
    clock.forward(hours=1)
    assert sending.run(app) == {"sent": 1}


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-02T07:59:59-05:00", False),
        ("2026-03-02T08:00:00-05:00", True),
        ("2026-03-02T17:59:59-05:00", True),
        ("2026-03-02T18:00:00-05:00", False),
        ("2026-03-07T10:00:00-05:00", False),  # a Saturday
        ("2026-04-02T10:00:00-05:00", False),  # Jueves Santo
    ],
)
def test_only_ways_in_are_sent_at_any_hour(
    app: Flask, smtp: Server, clock: Clock, moment: str, open_: bool
):
    """Other mails wait, however old they are: a worker may have been away for days."""
    post(app, "aviso@example.pe", not_before_at=datetime(2026, 2, 27, 15, tzinfo=UTC))
    post(app, "clave@example.pe", kind="reset")
    clock.set(datetime.fromisoformat(moment))
    assert sending.run(app) == {"sent": 1 + open_}
    assert smtp.to == ["clave@example.pe", "aviso@example.pe"][: 1 + open_]


def test_what_is_not_through_at_six_waits_for_the_morning(app: Flask, smtp: Server, clock: Clock):
    class Late(transport.Page):
        def send(self, *_: Any) -> None:
            clock.set(datetime.fromisoformat("2026-03-02T18:00:00-05:00"))

    post(app, "una@example.pe", "otra@example.pe")
    assert sending.run(app, Late()) == {"shown": 1, "left": 1}
    minutes_pass(app, 1)
    assert sending.run(app) == {}
    clock.set(datetime.fromisoformat("2026-03-03T08:00:00-05:00"))
    assert sending.run(app) == {"sent": 1}
    assert smtp.to == ["otra@example.pe"]


def test_urgent_kinds_come_first_and_digests_last(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reminders, "refresh", lambda *_: True)
    for kind in ("digest", "legal_notice", "reset"):
        post(app, f"{kind.replace('_', '')}@example.pe", kind=kind)
    app.config["MAIL_PER_MINUTE"] = 2
    sending.run(app)
    assert smtp.to == ["reset@example.pe", "legalnotice@example.pe"]


# Mails that are no longer sent -----------------------------------------------------------------


def test_a_digest_whose_steps_were_answered_is_dropped(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch
):
    refreshed: list[str] = []

    def refresh(_: Session, one: Mail) -> bool:
        refreshed.append(one.kind)
        one.body = "Lo que queda.\n"
        return one.to != "una@example.pe"

    monkeypatch.setattr(reminders, "refresh", refresh)
    post(app, "una@example.pe", "otra@example.pe", kind="digest")
    assert sending.run(app) == {"dropped": 1, "sent": 1}
    assert states(app) == ["dropped", "sent"]
    assert "ya se respondió" in found(app)[0].error
    assert refreshed == ["digest", "digest"]
    assert smtp.deliveries[0].message.get_body(("plain",)).get_content().startswith("Lo que queda")


@pytest.mark.nightly
def test_a_digest_goes_out_with_its_steps_and_a_step_that_is_answered_first_sends_nothing(
    walk: Walk, smtp: Server
):
    walk.begin()
    walk.begin(code="E90002")
    with walk.app.app_context():
        reminders.run(walk.engine)
    written = [one for one in walk.mails("digest") if one.user_id == walk.people["preparer"]]
    assert [one.state for one in written] == ["waiting"]
    task_id = walk.task("designate_administrator").id
    walk.execute(update(Mail).where(Mail.id != written[0].id).values(state="sent"))
    assert sending.run(walk.app) == {"sent": 1}
    digest = smtp.deliveries[0].message
    for kind in ("plain", "html"):
        assert f"http://localhost/tareas/{task_id}" in digest.get_body((kind,)).get_content()
    walk.execute(update(Mail).where(Mail.id == written[0].id).values(state="waiting"))
    minutes_pass(walk.app, 1)
    walk.answer("designate_administrator")
    assert sending.run(walk.app) == {"dropped": 1}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"wants_digest": False}, "pidió no recibir"),
        ({"active": False}, "desactivada"),
        ({"email": "muerta@example.pe"}, "no existe"),
    ],
)
def test_digests_stop_where_the_person_or_the_address_ends_and_legal_notices_go_on(
    app: Flask, smtp: Server, values: dict, why: str
):
    with writing(app) as session:
        user = cast.person(session, "40000011", "sip")
        for name, value in values.items():
            setattr(user, name, value)
        to, user_id = user.email, user.id
        session.add(Address(address="muerta@example.pe", dead_at=calendar.now()))
    for kind in ("digest", "legal_notice", "reset"):
        post(app, to, kind=kind, user_id=user_id)
    sending.run(app)
    assert states(app) == ["dropped", "sent", "sent"]
    assert why in found(app)[0].error


# Answers of the server -------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_is_refused_for_now_is_tried_again_later_and_later(
    app: Flask, smtp: Server, command: str
):
    post(app, "una@example.pe", "otra@example.pe")
    smtp.answers[command] = ["451 4.3.0 try again later"]
    assert sending.run(app) == {"later": 1, "sent": 1}
    one = found(app)[0]
    assert (one.state, one.attempts, one.error) == ("waiting", 1, "451 4.3.0 try again later")
    for wait in (1, 5, 15, 60, 240, 240):
        minutes_pass(app, wait - 0.5)
        assert sending.run(app) == {}, wait
        smtp.answers[command] = ["451 4.3.0 try again later"]
        minutes_pass(app, 0.6)
        assert sending.run(app) == {"later": 1}
    minutes_pass(app, 240)
    assert sending.run(app) == {"sent": 1}
    assert (found(app)[0].attempts, found(app)[0].error) == (8, "")
    assert sorted(smtp.to) == ["otra@example.pe", "una@example.pe"]


@pytest.mark.nightly
def test_after_about_three_days_it_is_given_up(app: Flask, smtp: Server):
    post(app)
    tries = 0
    hours = timedelta()
    while states(app) == ["waiting"]:
        smtp.answers["RCPT"] = ["450 4.2.1 mailbox busy"]
        before = found(app)[0].next_try_at
        sending.run(app)
        tries += 1
        after = found(app)[0].next_try_at
        with writing(app) as session:
            hours += (after - db.clock(session)) if after and after != before else timedelta()
        minutes_pass(app, 241)
    assert tries == MOST_TRIES
    assert timedelta(days=2.5) < hours < timedelta(days=3.5)
    assert (found(app)[0].state, found(app)[0].error) == ("failed", "450 4.2.1 mailbox busy")
    assert smtp.deliveries == []


def test_what_is_refused_for_good_is_given_up_with_the_answer(
    app: Flask, smtp: Server, caplog: pytest.LogCaptureFixture
):
    for command, answer in [
        ("RCPT", "550 5.7.1 relaying denied"),
        ("RCPT", "550 no"),
        ("RCPT", "550 5.1.8 bad sender's system"),
        ("RCPT", "550 5.7.1 <una@example.pe>: user unknown to those who may not ask"),
        ("RCPT", "550 <una@example.pe>: Recipient address rejected: Access denied"),
        ("RCPT", "550 relaying to <usuario.desconocido@example.pe> denied"),
        ("RCPT", "550 Sender verify failed: no such user here"),
        ("RCPT", "552 mailbox full"),
        ("DATA", "554 5.6.0 what is this"),
        ("MAIL", "552 5.3.4 too large"),
    ]:
        post(app, "una@example.pe", "otra@example.pe")
        smtp.answers[command] = [answer]
        assert sending.run(app) == {"failed": 1, "sent": 1}
        assert states(app)[-2:] == ["failed", "sent"]
        assert found(app)[-2].error == answer
        assert "una@" not in caplog.text
        assert sending.run(app) == {}


@pytest.mark.parametrize(
    "answer",
    [
        *(f"550 {n} <Nadie@example.pe>: no" for n in ("5.1.1", "5.1.10", "5.2.1", "5.4.1")),
        "550 User unknown",
        "550 no such user here",
        "550 <Nadie@example.pe>: Recipient address rejected: User unknown",
        "550 5.0.0 <spam@example.pe>: user unknown",
        "553 El usuario no existe",
    ],
)
def test_an_address_that_does_not_exist_is_a_hard_bounce(app: Flask, smtp: Server, answer: str):
    post(app, "Nadie@example.pe")
    smtp.answers["RCPT"] = [answer]
    assert sending.run(app) == {"bounced": 1}
    (row,) = found(app)
    assert (row.state, row.bounced_at, row.sent_at) == ("bounced", calendar.now(), None)
    assert row.error == answer
    with writing(app) as session:
        assert session.get_one(Address, "nadie@example.pe").dead_at == calendar.now()
        (notice,) = session.scalars(select(Notice))
        assert (notice.kind, notice.key) == ("address_dead", "nadie@example.pe")


@pytest.mark.nightly
@pytest.mark.parametrize("answer", ["550 5.1.1 user unknown", "554 5.7.1 not from you"])
def test_a_legal_notice_that_cannot_be_delivered_is_notified_on_paper(
    walk: Walk, smtp: Server, answer: str
):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "observed")
    (notice,) = walk.mails("legal_notice")
    walk.execute(update(Mail).where(Mail.id != notice.id).values(state="sent"))
    smtp.answers["RCPT"] = [answer]
    sending.run(walk.app)
    (paper,) = walk.all(select(Notice).where(Notice.kind == "notify_on_paper"))
    assert paper.task_id == walk.task("correct_designation").id
    assert "task.not_delivered" in walk.log()


def test_a_mail_that_cannot_be_made_is_given_up_and_the_rest_goes_on(app: Flask, smtp: Server):
    post(app, "una@example.pe, otra@example.pe", "buena@example.pe", "nadie")
    post(app, "asunto@example.pe", subject="Hola\nBcc: otra@example.pe")
    assert sending.run(app) == {"failed": 3, "sent": 1}
    assert smtp.to == ["buena@example.pe"]
    errors = [row.error for row in found(app)]
    assert "«una@example.pe, otra@example.pe» no es una dirección" in errors[0]
    assert "asunto" in errors[3]


def test_a_fault_of_ours_in_one_mail_lets_the_others_go(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def html(_: Session, one: Mail) -> str:
        if one.to == "una@example.pe":
            raise ZeroDivisionError
        return "<p>Bien</p>"

    monkeypatch.setattr(reminders, "refresh", lambda *_: True)
    monkeypatch.setattr(reminders, "html", html)
    post(app, "una@example.pe", "otra@example.pe", kind="digest")
    assert sending.run(app) == {"later": 1, "sent": 1}
    assert (states(app), found(app)[0].error) == (["waiting", "sent"], "ZeroDivisionError")
    assert "ZeroDivisionError" in caplog.text


def test_an_uncertain_try_stays_uncertain_after_later_answers(app: Flask):
    faults = [transport.Lost("closed"), transport.Refused(451, "Busy", permanent=False)]

    class Shaky(transport.Page):
        def send(self, *_: Any) -> None:
            raise faults.pop(0)

    post(app)
    assert sending.run(app, Shaky()) == {"later": 1}
    minutes_pass(app, 2)
    assert sending.run(app, Shaky()) == {"later": 1}
    assert (found(app)[0].uncertain, found(app)[0].error) == (True, "451 Busy")
