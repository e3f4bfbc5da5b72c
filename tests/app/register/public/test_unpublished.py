"""An entity of the catalogue that publishes nothing here has a page that says so."""

from __future__ import annotations

import json

import pytest

from app.register.search import unpublished
from tests.app import cast
from tests.app.visited import Visited
from tests.conftest import Clock

NAME = "Municipalidad Distrital de Silencio"


@pytest.fixture
def visited(app, clock: Clock) -> Visited:
    made = Visited(app)
    with made.writing() as session:
        entity = cast.entity(session, "E90007")
        entity.name = NAME
        entity.index()
    return made


def said(visited: Visited, path: str, **args: str) -> str:
    answer = visited.browser().get(path, query_string=args)
    assert answer.status_code == 200, path
    return " ".join(answer.text.split())


def test_every_page_of_its_register_says_that_it_does_not_publish_here(visited: Visited):
    for path in ["/visitas/E90007", "/actos/E90007", "/decisores/E90007"]:
        page = said(visited, path)
        assert unpublished.SENTENCE in page
        assert unpublished.SENTENCE == (
            "No publica en Zaguán. No sabemos si publica en la plataforma oficial."
        )
        assert NAME in page


@pytest.mark.parametrize(
    ("path", "name"),
    [("/visitas", "entidad"), ("/actos", "entidad"), ("/decisores", "q"), ("/cobertura", "q")],
)
@pytest.mark.parametrize("typed", ["E90007", "e90007", "silencio", NAME])
def test_a_search_for_it_says_so_and_leads_to_its_page(
    visited: Visited, path: str, name: str, typed: str
):
    page = said(visited, path, **{name: typed})
    assert unpublished.SENTENCE in page
    assert 'href="/visitas/E90007"' in page


def test_its_files_are_not_there_and_say_why(visited: Visited):
    browser = visited.browser()
    for path in (
        "/visitas/E90007",
        "/visitas/E90007/2026-03",
        "/actos/E90007",
        "/decisores/E90007",
    ):
        for ending in ("csv", "json", "xlsx"):
            answer = browser.get(f"{path}.{ending}")
            assert answer.status_code == 404
            assert unpublished.SENTENCE in answer.text
    problem = json.loads(browser.get("/visitas/E90007.json").text)
    assert problem["detail"] == unpublished.SENTENCE
    refused = browser.get("/visitas.csv", query_string={"entidad": "E90007"})
    assert refused.status_code == 400, "never the visits of all"
    assert unpublished.SENTENCE in refused.text


def test_what_is_no_entity_is_not_found(visited: Visited):
    for path in ("/visitas/E99999", "/actos/nadie", "/decisores/E9%00", "/visitas/E99999.json"):
        assert visited.browser().get(path).status_code == 404


@pytest.mark.nightly
def test_several_matches_are_named(visited: Visited):
    with visited.writing() as session:
        for number in range(14):
            one = cast.entity(session, f"E92{number:03}")
            one.name = f"Entidad Callada {number}"
            one.index()
    page = said(visited, "/visitas", entidad="callada")
    assert page.count('href="/visitas/E92') == unpublished.NAMED
    assert "Hay más" in page
