"""Interest acts in feeds and daily mails: the post and the legal person, never who acted."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.base.models import InterestAct
from app.register.news import items, since, topics
from app.register.news.items import Item
from app.register.news.topics import Topic
from tests.app.register.interest_acts.acting import ACT, Acting, corrected, record
from tests.app.visited import CODE, lima
from tests.conftest import Clock
from tests.pages import CheckingClient

RUC = ACT["third_ruc"]
FOLLOWED = (
    Topic(topics.ENTITY, CODE),
    Topic(topics.POST, f"{CODE}/alcalde--alcaldia"),
    Topic(topics.REPRESENTED, RUC),
)
CORRECTIONS = Topic(topics.CORRECTIONS)
BEFORE, AFTER = lima("2026-03-02 00:00"), lima("2026-03-03 00:00")


@pytest.fixture
def visited(app, clock: Clock) -> Acting:
    return Acting(app)


def news(visited: Acting, topic: Topic) -> list[Item]:
    """Return the items of a topic in its feed, which are also those of the day's mail."""
    with visited.reading() as session:
        followed = topics.find(session, topic)
        assert followed is not None
        newest = items.newest(session, followed)
        mailed = since.gather(session, [followed], BEFORE, AFTER)
        assert newest == (mailed[topic].items if topic in mailed else [])
        return newest


@pytest.mark.postgresql
@pytest.mark.parametrize("topic", FOLLOWED, ids=lambda topic: topic.kind)
def test_an_act_is_news_of_entity_post_and_legal_person(
    visited: Acting, desk: CheckingClient, topic: Topic
):
    code = record(desk)
    (one,) = news(visited, topic)
    assert one.path == f"/acto/{code}"
    assert one.title == "Acto de gestión de intereses del 2 de marzo de 2026: Alcaldesa, Alcaldía"
    assert one.text == (
        "Municipalidad Distrital de Ejemplo 1. En interés de Ejemplos del Norte S.A.C."
    )
    assert news(visited, CORRECTIONS) == []


def test_a_corrected_act_is_news_of_the_corrections(visited: Acting, desk: CheckingClient):
    code = record(desk)
    assert corrected(desk, code, third_ruc="10000005016").status_code == 303
    (one,) = news(visited, CORRECTIONS)
    assert (one.title.partition(":")[0], one.version) == ("Corregido", "version-2")
    assert one.text == "Municipalidad Distrital de Ejemplo 1."


def test_an_act_that_the_public_does_not_see_is_no_news(visited: Acting, desk: CheckingClient):
    record(desk)
    visited.execute(update(InterestAct).values(audience="reserved"))
    assert [news(visited, topic) for topic in FOLLOWED] == [[], [], []]
