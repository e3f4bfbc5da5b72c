"""Interest acts in feeds: the post and the legal person, never who acted."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.base.models import InterestAct
from app.register.news import items, topics
from app.register.news.items import Item
from app.register.news.topics import Topic
from tests.app.register.interest_acts.acting import ACT, Acting, corrected, record
from tests.app.visited import CODE
from tests.conftest import Clock
from tests.pages import CheckingClient

RUC = ACT["third_ruc"]
FOLLOWED = (
    Topic(topics.ENTITY, CODE),
    Topic(topics.POST, f"{CODE}/alcalde--alcaldia"),
    Topic(topics.REPRESENTED, RUC),
)
CORRECTIONS = Topic(topics.CORRECTIONS)


@pytest.fixture
def visited(app, clock: Clock) -> Acting:
    return Acting(app)


def news(visited: Acting, topic: Topic) -> list[Item]:
    """Return the items of a topic in its feed."""
    with visited.reading() as session:
        followed = topics.find(session, topic)
        assert followed is not None
        return items.newest(session, followed)


@pytest.mark.postgresql
def test_an_act_is_news_and_so_is_its_correction_while_it_is_public(
    visited: Acting, desk: CheckingClient
):
    code = record(desk)
    for topic in FOLLOWED:
        (one,) = news(visited, topic)
        assert one.path == f"/acto/{code}"
        assert (
            one.title == "Acto de gestión de intereses del 2 de marzo de 2026: Alcaldesa, Alcaldía"
        )
        assert one.text == (
            "Municipalidad Distrital de Ejemplo 1. En interés de Ejemplos del Norte S.A.C."
        )
        assert news(visited, CORRECTIONS) == []
    assert corrected(desk, code, third_ruc="10000005016").status_code == 303
    (one,) = news(visited, CORRECTIONS)
    assert (one.title.partition(":")[0], one.version) == ("Corregido", "version-2")
    assert one.text == "Municipalidad Distrital de Ejemplo 1."
    with visited.writing() as session:
        session.execute(update(InterestAct).values(audience="reserved"))
    assert [news(visited, topic) for topic in FOLLOWED] == [[], [], []]
