"""The last check of a mail: each way of sending makes it once, just before its commit."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Address, Mail, MailDomain, User
from app.mailroom import sending
from app.mailroom.sending import transport, verdict
from app.mailroom.sending.verdict import Verdict, may_still_go
from tests.app.mailroom.outgoing import app, minutes_pass, post, settings, states, writing
from tests.smtp import Server, smtp

__all__ = ["app", "settings", "smtp"]  # fixtures

APP = Path(verdict.__file__).parents[2]


class Noting:
    """A transport that notes each hand-over, then sends through another transport."""

    def __init__(self, inner: transport.Transport, steps: list[str]) -> None:
        self.inner, self.steps, self.state = inner, steps, inner.state

    def send(self, *envelope: Any) -> None:
        """Note the hand-over, and send."""
        self.steps.append("send")
        self.inner.send(*envelope)

    def close(self) -> None:
        """Close the other transport."""
        self.inner.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", ["legal_notice", "meeting", "digest", "reminder_now", "reset"])
@pytest.mark.parametrize("way", ["page", "server"])
def test_each_way_of_sending_asks_right_before_its_commit(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch, way: str, kind: str
):
    steps: list[str] = []

    def ask(session: Session, mail: Mail) -> Verdict:
        steps.append("ask")
        may_still_go(session, mail)
        return Verdict("go")

    monkeypatch.setattr(verdict, "may_still_go", ask)
    ids = post(app, "una@example.pe", "otra@example.pe", kind=kind)
    with app.app_context():
        inner = transport.Page() if way == "page" else transport.configured(app.config)
    noted = Noting(inner, steps)
    event.listen(Session, "before_commit", commit := lambda _: steps.append("commit"))
    try:
        assert sending.run(app, noted) == {noted.state: len(ids)}
    finally:
        event.remove(Session, "before_commit", commit)
    is_sqlite = app.extensions["engine"].dialect.name == "sqlite"
    one = ["ask", "commit", "send", "commit"] if is_sqlite else ["ask", "send", "commit"]
    claims = [step for step in steps if step != "commit"]
    assert claims == ["ask", "send"] * len(ids)
    assert steps[steps.index("ask") :][: 2 * len(one)] == one * len(ids)


def end_account(session: Session) -> None:
    """End the account of the second mail's reader."""
    session.execute(update(User).values(active=False))


def unsubscribe(session: Session) -> None:
    """Let the second mail's reader want no digests."""
    session.execute(update(User).values(wants_digest=False))


def kill_address(session: Session) -> None:
    """Let the second mail's address be dead."""
    session.add(Address(address="dos@dos.example.pe", dead_at=calendar.now()))


def rest_domain(session: Session) -> None:
    """Let the second mail's domain rest."""
    values = {"since_at": calendar.now(), "hard": 10, "sent": 10}
    session.add(MailDomain(domain="dos.example.pe", **values))


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (end_account, "dropped"),
        (unsubscribe, "dropped"),
        (kill_address, "dropped"),
        (rest_domain, "waiting"),
    ],
)
@pytest.mark.parametrize("shown", [True, False], ids=["page", "server"])
def test_what_changes_after_the_claim_stops_the_mail(
    app: Flask,
    smtp: Server,
    monkeypatch: pytest.MonkeyPatch,
    shown: bool,
    change: Callable[[Session], None],
    state: str,
):
    with writing(app) as session:
        user = User(
            document_type="DNI",
            document_number="00000001",
            given_names="Una",
            surnames="Persona",
            created_at=calendar.now(),
        )
        session.add(user)
        session.flush()
        user_id = user.id
    monkeypatch.setattr("app.cases.reminders.refresh", lambda *_: True)
    post(app, "una@uno.example.pe")  # a legal notice: sent before digests
    post(app, "dos@dos.example.pe", kind="digest", user_id=user_id)
    with app.app_context():
        inner = transport.Page() if shown else transport.configured(app.config)

    class Meanwhile(Noting):
        def send(self, *envelope: Any) -> None:
            super().send(*envelope)
            with writing(app) as session:
                change(session)

    handed: list[str] = []
    sending.run(app, Meanwhile(inner, handed))
    assert states(app) == [inner.state, state]
    assert handed == ["send"]


def test_a_mail_that_was_stopped_goes_once_nothing_speaks_against_it(app: Flask, smtp: Server):
    post(app, "dos@dos.example.pe")
    with writing(app) as session:
        rest_domain(session)
    assert sending.run(app) == {}
    with writing(app) as session:
        session.execute(update(MailDomain).values(resumed_at=calendar.now()))
    minutes_pass(app, 2)
    assert sending.run(app) == {"sent": 1}


def test_only_the_function_that_asks_hands_mails_to_a_transport():
    """Check that `Transport.send` has one caller: a second one could skip the last check."""
    callers = {
        (path.relative_to(APP).as_posix(), function.name)
        for path in APP.rglob("*.py")
        if "mailroom.sending" in (text := path.read_text("utf-8")) or "smtplib" in text
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("send", "sendmail", "send_message")
        and ast.unparse(call.func.value) != "answers"  # the demo: it sends the form of a step
    }
    assert callers == {
        ("mailroom/sending/run.py", "_hand_over"),
        ("mailroom/sending/transport.py", "send"),
    }
