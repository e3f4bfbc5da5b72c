"""The mail of the night: one for each address, only with news, none twice and none lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mail, Subscriber, Visit
from app.ops.worker import nightly
from app.people import mail as outbox
from app.people import sealing
from app.register.news import since, topics
from app.register.news.topics import Topic
from app.register.subscriptions import daily, subscribers
from app.register.visits import personnel, recording
from tests.app.register.interest_acts.acting import MAYOR
from tests.app.register.subscriptions import subscribed
from tests.app.register.subscriptions.subscribed import CORRECTIONS, RUC
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

ENTITY = Topic(topics.ENTITY, CODE)
MAYORS = Topic(topics.POST, f"{CODE}/alcalde--alcaldia")
COMPANY = {"kind": "private", "entity": "Ejemplos del Norte S.A.C.", "entity_ruc": RUC}


@pytest.fixture
def visited(app, clock: Clock) -> Visited:
    """Return a register on Monday at eight, with a mayor who decides."""
    made = Visited(app)
    appoint(made, MAYOR)
    return made


def appoint(visited: Visited, *posts: dict[str, str]) -> None:
    """Let the entity's roster be these posts."""
    with visited.writing() as session:
        register = visited.register(session)
        personnel.receive_decision_makers(session, register, posts, calendar.today())


def follow(visited: Visited, *wanted: Topic, address: str = "ana@example.org") -> None:
    with visited.writing() as session:
        for topic in wanted:
            subscribed.follow(session, address, topic)


def night(visited: Visited) -> int:
    """Do the work of a night; return how many mails it wrote."""
    with visited.app.app_context():
        return daily.run(visited.engine, lambda: False)


def clean(visited: Visited) -> None:
    with visited.app.app_context():
        daily.clean(visited.engine, lambda: False)


def mails(visited: Visited) -> list[Mail]:
    news = select(Mail).where(Mail.kind == "subscription_news").order_by(Mail.id)
    return visited.all(news)


def correct(visited: Visited, visit_id: int, **values: Any) -> None:
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        seen = visit.versions
        recording.correct(session, visit, reason="Se leyó mal", actor_id=None, seen=seen, **values)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_each_topic_has_its_news_and_says_nothing_of_the_visitor(visited: Visited, clock: Clock):
    follow(visited, ENTITY, Topic(topics.REPRESENTED, RUC), CORRECTIONS)
    follow(visited, MAYORS, address="otra@example.org")
    code = visited.row(visited.visit(**COMPANY, document_number="00000502")).code
    annulled = visited.visit(official="Mamani", name="Zapata Inventado Luis")
    visited.annul(annulled)
    clock.forward(days=1)
    assert night(visited) == 2
    first, second = mails(visited)
    assert first.body.count(f"/visita/{code}\n") == 2, "of the entity, and of the RUC"
    assert first.body.count(f"/visita/{visited.row(annulled).code}\n") == 2
    assert "Anulada: " in first.body
    assert f"En representación de Ejemplos del Norte S.A.C. (RUC {RUC})" in first.body
    assert "Jefe, Logística" in first.body
    assert f"/visita/{code}" not in second.body, "another post"
    assert "Alcaldesa, Alcaldía" in second.body
    for visitor in ("Quispe", "Zapata", "00000501", "00000502"):
        assert visitor not in first.body + second.body
    assert first.to == first.person != "ana@example.org"
    assert (first.user_id, first.entity_id) == (None, None)


def test_without_news_there_is_no_mail_and_a_night_is_done_once(visited: Visited, clock: Clock):
    follow(visited, ENTITY)
    clock.forward(days=1)
    assert night(visited) == 0
    visited.visit()
    assert night(visited) == 0, "today's visit is for tomorrow"
    clock.forward(days=1)
    assert [night(visited), night(visited)] == [1, 0]


def test_what_happens_on_the_day_of_the_confirmation_is_in_the_first_mail(
    visited: Visited, clock: Clock
):
    visited.visit()
    follow(visited, ENTITY)
    clock.forward(days=1)
    assert night(visited) == 1


def test_on_a_monday_one_mail_has_the_news_of_three_days(visited: Visited, clock: Clock):
    follow(visited, ENTITY)
    clock.forward(days=4)  # Friday
    night(visited)
    codes = []
    for _ in range(3):
        codes.append(visited.row(visited.visit()).code)
        clock.forward(days=1)
        night(visited)
    (mail,) = mails(visited)
    assert [code in mail.body for code in codes] == [True, True, True]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_worker_that_is_killed_writes_none_twice_and_loses_none(
    visited: Visited, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        follow(visited, ENTITY, address=f"uno{number}@example.org")
    visited.visit()
    clock.forward(days=1)
    engine, post = visited.engine, outbox.post
    calls: list[int] = []

    def die_at_the_second(session: Any, letter: Any) -> Any:
        calls.append(1)
        made = post(session, letter)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after the mail was written, before the commit
        return made

    monkeypatch.setattr(outbox, "post", die_at_the_second)
    with visited.app.app_context(), pytest.raises(KeyboardInterrupt):
        daily.run(engine, lambda: False)
    assert len(mails(visited)) == 1
    monkeypatch.setattr(outbox, "post", post)
    with visited.app.app_context():
        assert daily.run(engine, lambda: True) == 0, "stopped before the next one"
    assert night(visited) == 2
    assert len({mail.to for mail in mails(visited)}) == 3


@pytest.mark.nightly
def test_a_correction_is_mailed_with_the_page_that_says_what_changed(
    visited: Visited, clock: Clock
):
    visit_id = visited.visit(document_number="00000504", name="Quispe Inventada Eva")
    clock.forward(days=1)
    follow(visited, CORRECTIONS)
    correct(visited, visit_id, place="Oficina 305")
    visited.visit()
    clock.forward(days=1)
    assert night(visited) == 1
    (mail,) = mails(visited)
    assert mail.body.count("/visita/") == 1
    assert "Corregida: " in mail.body
    assert "305" not in mail.body


def test_who_holds_a_post_is_mailed_when_it_changes(visited: Visited, clock: Clock):
    follow(visited, MAYORS)
    clock.forward(days=1)
    assert night(visited) == 0
    successor = {"given_names": "Rosa", "surnames": "Nueva Muestra", "document_number": "00000409"}
    appoint(
        visited,
        MAYOR | {"to_on": "2026-02-28"},
        MAYOR | successor | {"from_on": "2026-03-01"},
    )
    clock.forward(days=1)
    assert [night(visited), night(visited)] == [1, 0]
    (mail,) = mails(visited)
    assert "Cambió quién ocupa el cargo" in mail.body
    assert "Hoy lo ocupa Nueva Muestra Rosa, titular." in mail.body
    assert "Mamani" not in mail.body
    clock.forward(days=1)
    assert night(visited) == 0, "it was mailed"


def test_a_long_day_is_listed_in_part_and_counted(
    visited: Visited, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(since, "LISTED", 2)
    follow(visited, ENTITY)
    for number in range(4):
        visited.visit(document_number=f"0000060{number}", name=f"Visita Inventada {number}")
    clock.forward(days=1)
    night(visited)
    (mail,) = mails(visited)
    assert mail.body.count("/visita/") == 2
    assert "* Y 2 más, en http://localhost/visitas/E90001" in mail.body


def test_what_was_hidden_before_the_night_is_not_mailed(visited: Visited, clock: Clock):
    follow(visited, ENTITY)
    visit_id = visited.visit()
    visited.change(Visit, visit_id, audience="reserved")
    clock.forward(days=1)
    assert night(visited) == 0


@pytest.mark.nightly
def test_the_night_deletes_what_was_not_confirmed_and_old_texts(visited: Visited, clock: Clock):
    follow(visited, ENTITY)
    with visited.writing() as session:
        subscribed.ask(session, "nunca@example.org")
        for mail in session.scalars(select(Mail)):
            mail.state = "sent"
    clock.forward(days=2, hours=1)
    clean(visited)
    with visited.reading() as session:
        assert [one.kind for one in subscribed.everything(session)] == ["entidad"]
        assert len(session.scalars(select(Subscriber)).all()) == 1
        assert len(session.scalars(select(Mail)).all()) == 1
    clock.forward(days=30)
    clean(visited)
    assert visited.all(select(Mail)) == []
    assert len(visited.read(subscribed.everything)) == 1


@pytest.mark.postgresql
def test_addresses_survive_a_change_of_the_secret_key(visited: Visited):
    follow(visited, ENTITY)
    config = visited.app.config
    old, config["SECRET_KEY"] = config["SECRET_KEY"], "another secret that only tests know"
    with visited.reading() as session:
        (before,) = session.scalars(select(Subscriber)).all()
        assert subscribers.address_of(session, before.handle) == ""
    config["FORMER_SECRET_KEY"] = old
    assert visited.read(subscribers.address_of, before.handle) == "ana@example.org"
    clean(visited)
    config["FORMER_SECRET_KEY"] = ""
    with visited.reading() as session:
        (after,) = session.scalars(select(Subscriber)).all()
        assert subscribers.address_of(session, after.handle) == "ana@example.org"
        assert after.address_key == subscribers.address_key("ana@example.org")
        assert sealing.is_current(after.sealed_address)


@pytest.mark.postgresql
def test_an_address_stays_one_subscriber_before_the_night_seals_it_again(visited: Visited):
    follow(visited, ENTITY)
    config = visited.app.config
    old, config["SECRET_KEY"] = config["SECRET_KEY"], "another secret that only tests know"
    config["FORMER_SECRET_KEY"] = old
    follow(visited, CORRECTIONS)
    clean(visited)
    config["FORMER_SECRET_KEY"] = ""
    follow(visited, Topic(topics.REPRESENTED, RUC))
    with visited.reading() as session:
        (one,) = session.scalars(select(Subscriber)).all()
        assert subscribers.address_of(session, one.handle) == "ana@example.org"
        assert len(one.subscriptions) == 3


def test_the_night_of_the_worker_does_both():
    assert nightly.PARTS["subscribers_mailed"] is daily.run
    assert nightly.PARTS["subscriptions_cleaned"] is daily.clean
