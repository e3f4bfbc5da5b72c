"""Leaving: one click, and everything about the address is erased; also when it does not exist."""

from __future__ import annotations

from email import message_from_bytes

import pytest
from flask import Flask
from sqlalchemy import select

from app.base.models import Address, Incoming, LogEntry, Mail, Subscriber
from app.mailroom import sending
from app.mailroom.incoming.receiving import receive
from app.mailroom.sending import return_path
from app.people import mail
from app.register.news import topics
from app.register.news.topics import Topic
from tests.app.mailroom import postbag
from tests.app.mailroom.outgoing import settings
from tests.app.register.subscriptions import subscribed
from tests.app.register.subscriptions.subscribed import CORRECTIONS
from tests.app.visited import CODE, Visited
from tests.conftest import Clock
from tests.smtp import Server, smtp

__all__ = ["settings", "smtp"]  # fixtures

ADDRESS = "ana.inventada@example.org"
ENTITY = Topic(topics.ENTITY, CODE)


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    """Return a register on Monday at half past eight, when mails may be sent."""
    clock.forward(minutes=30)
    return Visited(app)


def follow(visited: Visited, *wanted: Topic) -> str:
    """Follow topics; return the path of the link that leaves."""
    with visited.writing() as session:
        tokens = [subscribed.follow(session, ADDRESS, topic).leave_token for topic in wanted]
        return f"/suscripciones/baja/{tokens[0]}"


def news(visited: Visited) -> Mail:
    """Put a mail with news into the outbox."""
    with visited.writing() as session:
        handle = session.scalars(select(Subscriber.handle)).one()
        values = {"subject": "x", "sections": [], "site": "http://localhost", "leave": "/l"}
        made = mail.post(session, mail.Letter("subscription_news", handle, values))
        assert made is not None
        session.flush()
        return made


def is_erased(visited: Visited) -> bool:
    """Return whether the address, its subscriptions and their mails are erased."""
    kinds = (Subscriber, Mail, Address, Incoming)
    left = [row for kind in kinds for row in visited.all(select(kind))]
    assert "ana.inventada" not in repr([row.data for row in visited.all(select(LogEntry))])
    return not left and visited.read(subscribed.everything) == []


def test_opening_the_link_changes_nothing_and_one_click_erases_all(visited: Visited):
    path = follow(visited, ENTITY, CORRECTIONS)
    client = visited.browser()
    page = client.get(path)
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert "Municipalidad Distrital de Ejemplo 1" in page.text
    assert "ana.inventada" not in page.text
    visited.app.config["WTF_CSRF_ENABLED"] = True
    answer = visited.app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "no redirect: RFC 8058"
    assert is_erased(visited)
    assert client.get(path).status_code == client.post(path).status_code == 404
    assert "borrada" in client.get(path).text


def test_one_topic_can_be_left_and_the_last_one_erases_the_address(visited: Visited):
    path = follow(visited, ENTITY, CORRECTIONS)
    client = visited.browser()
    with visited.reading() as session:
        first, second = (one.id for one in subscribed.everything(session))
    assert client.post(path, data={"tema": "x"}).status_code == 404
    left = client.post(path, data={"tema": str(first)})
    assert "corregidos y anulados" in left.text
    assert "Municipalidad Distrital de Ejemplo 1" not in left.text
    assert "Te diste de baja" in client.post(path, data={"tema": str(second)}).text
    assert is_erased(visited)


def test_nobody_leaves_a_topic_of_another(visited: Visited):
    path = follow(visited, CORRECTIONS)
    with visited.writing() as session:
        other = subscribed.follow(session, "otra@example.org", ENTITY).subscriptions[0].id
    visited.browser().post(path, data={"tema": str(other)})
    assert len(visited.read(subscribed.everything)) == 2


@pytest.mark.parametrize("token", ["", "1", "x" * 43, "x" * 5000])
def test_a_forged_link_is_no_page(visited: Visited, token: str):
    follow(visited, ENTITY)
    client = visited.browser()
    assert client.get(f"/suscripciones/baja/{token}").status_code == 404
    assert client.post(f"/suscripciones/baja/{token}").status_code == 404
    assert len(visited.read(subscribed.everything)) == 1


def test_the_message_goes_to_the_address_with_a_link_to_leave(visited: Visited, smtp: Server):
    visited.app.config["PUBLIC_URL"] = "https://zaguan.example.pe"
    path = follow(visited, ENTITY)
    news(visited)
    sending.run(visited.app)
    first, second = smtp.deliveries
    assert first.to == second.to == ADDRESS
    message = message_from_bytes(second.content)
    assert message["List-Unsubscribe"] == f"<https://zaguan.example.pe{path}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first.message["List-Unsubscribe"] is None, "nothing is followed before it is confirmed"
    for row in visited.all(select(Mail)):
        assert row.state == "sent"
        assert "@" not in row.to


def test_a_mail_of_someone_who_left_meanwhile_is_not_sent(visited: Visited, smtp: Server):
    follow(visited, ENTITY)
    written = news(visited)
    with visited.writing() as session:
        row = session.get_one(Mail, written.id)
        row.to = row.person = "suscriptor:0000000000000000"
    sending.run(visited.app)
    assert len(smtp.deliveries) == 1
    assert visited.get(Mail, written.id).state == "dropped"


def test_an_address_that_the_server_does_not_know_is_erased(visited: Visited, smtp: Server):
    follow(visited, ENTITY)
    smtp.answers["RCPT"] = [f"550 5.1.1 <{ADDRESS}>: User unknown"]
    assert sending.run(visited.app) == {"bounced": 1}
    assert is_erased(visited)


def test_what_a_server_says_is_stored_without_the_address(visited: Visited, smtp: Server):
    follow(visited, ENTITY)
    smtp.answers["RCPT"] = [f"450 4.2.0 <{ADDRESS}>: Greylisted"]
    sending.run(visited.app)
    (row,) = visited.all(select(Mail))
    assert row.error == "450 4.2.0 <(address)>: Greylisted"


@pytest.mark.parametrize(
    ("sample", "erased"),
    [("postfix_no_such_user", True), ("complaint_arf", True), ("vacation_gmail", False)],
)
def test_what_comes_back_is_not_stored(visited: Visited, sample: str, erased: bool):
    follow(visited, ENTITY)
    ours = news(visited)
    with visited.app.app_context():
        raw = postbag.written(sample, return_path.make(ours.id), ours.message_id)
    with visited.writing() as session:
        assert receive(session, raw) is None
    assert visited.all(select(Incoming)) == []
    assert visited.all(select(Address)) == []
    assert is_erased(visited) is erased


def test_a_forged_bounce_erases_nobody(visited: Visited):
    follow(visited, ENTITY)
    ours = news(visited)
    raw = postbag.written("postfix_no_such_user", postbag.STRANGER, ours.message_id)
    visited.commit(receive, raw)
    assert not is_erased(visited)
