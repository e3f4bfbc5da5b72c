"""A subscription is requested, and confirmed by a link that only the address receives."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from app.base.models import Base, Mail, Subscriber, UnsentForm
from app.people.access import unsent
from app.register.news import topics
from app.register.news.topics import Topic
from app.register.subscriptions import subscribers
from tests.app.register.subscriptions import subscribed
from tests.app.register.subscriptions.subscribed import NATURAL, RUC
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

ADDRESS = "ana.inventada@example.org"
FORM = f"/suscribirme/entidad/{CODE}"


def posted(visited: Visited, path: str = FORM, address: str = ADDRESS):
    """Send the form of a topic."""
    return visited.browser().post(path, data={"subscriber_address": address})


def links(visited: Visited) -> list[str]:
    """Return the paths of the links that confirm, in the order of their mails."""
    mails = visited.all(select(Mail).order_by(Mail.id))
    return [f"/suscripciones/confirmar/{subscribed.secret_in(one.body)}" for one in mails]


def test_the_form_asks_and_the_link_of_the_mail_confirms(visited: Visited):
    page = visited.browser().get(FORM)
    assert "Municipalidad Distrital de Ejemplo 1" in page.text
    assert "nadie la ve" in page.text
    answer = posted(visited)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/suscribirme/enviado")
    (link,) = links(visited)
    with visited.reading() as session:
        assert [one.confirmed_at for one in subscribed.everything(session)] == [None]
    client = visited.browser()
    assert "<button" in client.get(link).text
    with visited.reading() as session:
        assert [one.confirmed_at for one in subscribed.everything(session)] == [None]
    followed = client.post(link, follow_redirects=True)
    assert "Lo que sigues" in followed.text
    assert "Confirmado" in followed.text
    (one,) = visited.read(subscribed.everything)
    assert (one.kind, one.subject) == ("entidad", CODE)
    assert one.confirmed_at is not None


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_address_stands_nowhere_in_the_clear(visited: Visited):
    for path in (FORM, "/suscribirme/correcciones"):
        posted(visited, path)
    visited.commit(subscribed.follow, ADDRESS)
    with visited.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(text(f'select * from "{table.name}"')).all()
            assert "ana.inventada" not in repr(rows).lower(), table.name
        handle = session.scalars(select(Subscriber.handle)).one()
        assert subscribers.address_of(session, handle) == ADDRESS


def test_a_second_request_replaces_the_link_of_the_first(visited: Visited):
    posted(visited)
    posted(visited, address=ADDRESS.upper())
    first, second = links(visited)
    client = visited.browser()
    assert client.get(first).status_code == client.post(first).status_code == 404
    assert client.post(second).status_code == 303
    assert client.post(second).status_code == 404, "it is used up"
    assert len(visited.read(subscribed.everything)) == 1


def test_a_link_that_is_forged_or_expired_confirms_nothing(visited: Visited, clock: Clock):
    posted(visited)
    (link,) = links(visited)
    client = visited.browser()
    changed = link[:-1] + ("A" if link[-1] != "A" else "B")
    for wrong in (changed, link[:-1], "/suscripciones/confirmar/" + "x" * 3000):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404
    clock.forward(hours=48, minutes=1)
    assert "venció" in client.get(link).text
    assert client.post(link).status_code == 404
    with visited.reading() as session:
        assert [one.confirmed_at for one in subscribed.everything(session)] == [None]


def test_what_is_followed_already_is_not_mailed_and_the_page_says_the_same(visited: Visited):
    visited.commit(subscribed.follow, ADDRESS, Topic(topics.ENTITY, CODE))
    answer = posted(visited)
    assert answer.headers["Location"] == "/suscribirme/enviado"
    assert len(links(visited)) == 1, "the first one"


def test_an_address_follows_a_limited_number_of_topics(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subscribers, "MOST_TOPICS", 1)
    posted(visited)
    answer = posted(visited, "/suscribirme/correcciones")
    assert answer.headers["Location"] == "/suscribirme/enviado"
    with visited.reading() as session:
        assert [one.kind for one in subscribed.everything(session)] == ["entidad"]
    assert len(links(visited)) == 1


@pytest.mark.parametrize("number", NATURAL)
def test_a_natural_person_cannot_be_followed_by_any_number(visited: Visited, number: str):
    client = visited.browser()
    for path in (f"/suscribirme/representado/{number}", f"/representados/{number}"):
        assert client.get(path).status_code == 404
    assert posted(visited, f"/suscribirme/representado/{number}").status_code == 404
    assert client.get(f"/representados/{number}.atom").status_code == 404
    refused = client.post("/representados", data={"ruc": number})
    assert refused.status_code == 422
    assert "persona natural" in refused.text
    assert visited.read(subscribed.everything) == []


@pytest.mark.nightly
@pytest.mark.parametrize(
    "topic",
    [
        Topic("persona", "Quispe Inventada Ana"),
        Topic("visitante", "abcdefghijklmnop"),
        Topic(topics.REPRESENTED, "Quispe Inventada Ana"),
        Topic(topics.REPRESENTED, RUC[:-1] + "2"),
        Topic(topics.CORRECTIONS, "00000501"),
        Topic(topics.ENTITY, "00000501"),
    ],
    ids=lambda topic: f"{topic.kind} {topic.subject}",
)
def test_neither_a_name_nor_a_key_is_a_topic(visited: Visited, topic: Topic):
    assert visited.read(topics.find, topic) is None


@pytest.mark.nightly
@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "a@b@example.org", "ana@example.org\nBcc: x@example.org", "x" * 9000],
)
def test_what_is_no_address_is_refused(visited: Visited, address: str):
    assert posted(visited, address=address).status_code == 422
    assert visited.read(subscribed.everything) == []


def test_a_huge_form_is_refused(visited: Visited):
    assert posted(visited, address="x" * 3_000_000).status_code == 413


def test_requests_for_one_address_are_limited(visited: Visited):
    answers = [posted(visited).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    assert len(links(visited)) == 5


def test_the_form_asks_for_a_token_of_its_page(visited: Visited):
    visited.app.config["WTF_CSRF_ENABLED"] = True
    assert posted(visited).status_code == 400


def test_a_form_posted_after_the_sign_in_ended_does_not_keep_the_address(visited: Visited):
    with visited.app.test_request_context(
        FORM, method="POST", data={"subscriber_address": ADDRESS, "other": "x"}
    ):
        assert unsent._typed() == [("other", "x")]
    assert visited.all(select(UnsentForm)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("sends", [True, False])
def test_mails_to_subscribers_are_in_no_list_where_mails_are_sent(visited: Visited, sends: bool):
    visited.app.config["SMTP_HOST"] = "mail.example.pe" if sends else ""
    posted(visited)
    (number,) = visited.all(select(Mail.id))
    client = visited.browser("superuser")
    listed, shown = client.get("/correos"), client.get(f"/correos/{number}")
    assert ("Confirma tu suscripción" in listed.text) is not sends
    assert shown.status_code == (404 if sends else 200)
    assert "ana.inventada" not in listed.text + shown.text


def test_the_help_of_the_form_says_what_is_stored(visited: Visited):
    page = visited.browser().get("/suscribirme").text
    for said in ("cifrada", "48 horas", "30 días", "No se puede seguir a una persona natural"):
        assert said in page
