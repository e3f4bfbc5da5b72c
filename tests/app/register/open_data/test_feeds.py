"""Atom feeds of what can be followed: valid, bounded, cached, and without visitors."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from app.base import calendar
from app.register.news import items
from app.register.news.atom import ATOM
from app.register.visits import personnel
from tests.app.register.interest_acts.acting import ACT, MAYOR
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

FEED = f"/visitas/{CODE}.atom"
RUC = ACT["third_ruc"]
POST = f"/decisores/{CODE}/alcalde--alcaldia"
COMPANY = {"kind": "private", "entity": "Ejemplos del Norte S.A.C.", "entity_ruc": RUC}


def get(visited: Visited, path: str = FEED, **headers: str) -> TestResponse:
    return visited.browser().get(path, headers=headers)


def entries(answer: TestResponse) -> list[dict[str, str]]:
    """Return the entries of a feed: title, summary, link, id and moment."""
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(answer.data)
    assert root.tag == f"{{{ATOM}}}feed"
    name = f"{{{ATOM}}}"
    assert all(root.findtext(f"{name}{needed}") for needed in ("id", "title", "updated"))
    return [
        {
            "link": one.find(f"{name}link").get("href"),
            **{tag: one.findtext(f"{name}{tag}") for tag in ("id", "title", "summary", "updated")},
        }
        for one in root.iterfind(f"{name}entry")
    ]


@pytest.mark.postgresql
def test_the_feed_of_an_entity_names_the_post_and_the_legal_person(
    visited: Visited,
):
    visit = visited.row(visited.visit(**COMPANY))
    (one,) = entries(get(visited))
    assert one["link"] == one["id"] == f"http://localhost/visita/{visit.code}"
    assert one["title"].endswith(": Jefe, Logística")
    assert one["summary"] == (
        "Municipalidad Distrital de Ejemplo 1. Reunión de trabajo. "
        f"En representación de Ejemplos del Norte S.A.C. (RUC {RUC})."
    )
    assert one["updated"] == "2026-03-02T13:00:00Z"


def test_no_feed_names_a_natural_person(visited: Visited):
    for represented in (
        {},
        COMPANY | {"entity": "Quispe Inventada Ana", "entity_ruc": "10000000502"},  # a business
        COMPANY | {"entity": "Estudio Inventado", "entity_ruc": ""},
    ):
        visited.visit(**represented, name="Quispe Inventada Ana", document_number="00000502")
    assert len(entries(get(visited))) == 3
    feed = get(visited).text
    assert "Jefe, Logística" in feed
    for hidden in ("Quispe", "00000502", "Inventad", "representación"):
        assert hidden not in feed


def test_a_feed_is_cached_and_answers_304_while_nothing_is_new(visited: Visited):
    visited.visit()
    first = get(visited)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["X-Robots-Tag"].startswith("noindex")
    tag = first.headers["ETag"]
    assert get(visited, **{"If-None-Match": tag}).status_code == 304
    visited.visit(document_number="00000503", name="Otra Inventada Eva")
    again = get(visited, **{"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["ETag"] != tag


def test_a_feed_is_bounded(visited: Visited, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(items, "MOST", 2)
    for number in range(3):
        visited.visit(document_number=f"0000060{number}", name=f"Visita Inventada {number}", ago=3)
    assert len(entries(get(visited))) == 2


@pytest.mark.postgresql
def test_corrections_and_the_represented_have_feeds(visited: Visited, clock: Clock):
    standing = visited.visit(**COMPANY, ago=5)
    annulled_id = visited.visit(**COMPANY, document_number="00000502", name="Zapata Inventado Luis")
    clock.forward(minutes=10)
    visited.annul(annulled_id)
    code, other = visited.row(annulled_id).code, visited.row(standing).code
    (one,) = entries(get(visited, "/correcciones.atom"))
    assert one["title"].startswith("Anulada: ")
    assert one["id"] == f"http://localhost/visita/{code}#version-2"
    both = entries(get(visited, f"/representados/{RUC}.atom"))
    assert [entry["link"][-10:] for entry in both] == [code, other]
    page = visited.browser().get("/correcciones").text
    assert f"/visita/{code}" in page
    assert f"/visita/{other}" not in page
    listed = visited.browser().get(f"/representados/{RUC}").text
    assert f"/visita/{other}" in listed
    assert f"/visita/{code}" not in listed, "annulled"


def test_the_feed_of_a_post_has_its_holders_and_the_visits_it_received(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        posts = [MAYOR | {"from_on": "2026-03-01"}]
        personnel.receive_decision_makers(session, register, posts, calendar.today())
    received = visited.row(visited.visit(official="Mamani")).code
    visited.visit(document_number="00000502", name="Zapata Inventado Luis")
    first, second = entries(get(visited, f"{POST}.atom"))
    assert first["link"].endswith(received)
    assert re.fullmatch(rf"http://localhost{POST}#desde-[0-9]+", second["id"])
    assert (second["title"], second["summary"]) == (
        "Ocupa el cargo",
        "Mamani Muestra Carmen, titular desde el 1 de marzo de 2026.",
    )
    page = visited.browser().get(POST).text
    assert f'href="{POST}.atom"' in page
    assert 'href="/seguir"' in page


def test_the_ids_of_feeds_stay(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        personnel.receive_decision_makers(session, register, [MAYOR], calendar.today())
    for path in (FEED, f"{POST}.atom", f"/representados/{RUC}.atom", "/correcciones.atom"):
        root = etree.fromstring(get(visited, path).data)
        assert root.findtext(f"{{{ATOM}}}id") == f"http://localhost{path}"


def test_what_the_public_does_not_see_is_in_no_feed(visited: Visited):
    visited.reserve(visited.visit(**COMPANY))
    visited.visit(environment="demo", **COMPANY)
    for path in (FEED, f"/representados/{RUC}.atom", "/correcciones.atom"):
        assert entries(get(visited, path)) == []


def test_what_cannot_be_followed_has_no_feed(visited: Visited):
    for path in [
        "/visitas/E99999.atom",
        "/visitas/%00.atom",
        f"/decisores/{CODE}/nadie--nada.atom",
        f"/decisores/{CODE}/{'x' * 5000}.atom",
        "/representados/20999990012.atom",
        "/representados/quispe.atom",
    ]:
        assert get(visited, path).status_code == 404
