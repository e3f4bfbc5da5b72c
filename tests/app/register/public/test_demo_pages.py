"""The demo's copies of the public pages: for its users, marked; a search leaves an event."""

from __future__ import annotations

from sqlalchemy import select

from app.base.models import RegisterEvent
from tests.app.visited import CODE, Visited

PAGE = f"/demo/{CODE}/visitas"


def events(visited: Visited) -> list[tuple[str, str]]:
    people = {user_id: name for name, user_id in visited.people.items()}
    found = visited.all(select(RegisterEvent).order_by(RegisterEvent.id))
    return [(event.kind, people[event.by_id]) for event in found]


def test_it_shows_the_demo_and_nothing_else_and_says_so(visited: Visited):
    visited.visit("demo", name="Visita Inventada")
    visited.visit(name="Visita Publicada")
    for name in ("operator", "preparer", "sgtd", "auditor"):
        html = visited.browser(name).get(PAGE).text
        assert "Ambiente demo" in html
        assert "Visita Inventada" in html
        assert "Visita Publicada" not in html
        assert "*****501" in html
    assert f'href="/demo/{CODE}/visita/' in html
    assert f'href="{PAGE}.csv"' in html
    assert 'href="/visita/' not in html


def test_only_a_search_by_its_own_people_leaves_an_event(visited: Visited):
    operator = visited.browser("operator")
    operator.get(PAGE, query_string={"antes": "5", "q": "quispe"})
    operator.get(PAGE, query_string={"desde": "nunca"})
    operator.get(PAGE, query_string={"antes": "x", "q": "quispe"})
    operator.head(PAGE, query_string={"q": "quispe"})
    for name in ("sgtd", "auditor"):
        assert visited.browser(name).get(PAGE, query_string={"q": "quispe"}).status_code == 200
    assert events(visited) == []
    visited.visit("demo")
    html = operator.get(PAGE, query_string={"entidad": "E90002"}).text
    assert "Quispe Inventada Ana" in html
    assert events(visited) == []
    operator.get(PAGE)
    assert events(visited) == []
    operator.get(PAGE, query_string={"q": "quispe"})
    visited.browser("administrator").get(PAGE, query_string={"categoria": "work"})
    assert events(visited) == [("search", "operator"), ("search", "administrator")]


def test_a_demo_is_searched_like_public_visits(visited: Visited):
    visited.visit("demo", name="HUAMÁN ÑAHUI MARÍA")
    operator = visited.browser("operator")
    for words, there in (
        ("nahui huaman", True),
        ("MARÍA uama", True),
        ("ña", True),
        ("huamani", False),
    ):
        html = operator.get(PAGE, query_string={"q": words}).text
        assert ("HUAMÁN ÑAHUI MARÍA" in html) == there, words
    for state, there in (("", True), ("anuladas", False)):
        html = operator.get(PAGE, query_string={"estado": state}).text
        assert ("HUAMÁN ÑAHUI MARÍA" in html) == there
