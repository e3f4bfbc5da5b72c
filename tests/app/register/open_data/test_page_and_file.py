"""The page of a search and its file have the same rows, under every filter."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import pytest

from app.register.facts import keys
from app.register.search.query import Query
from tests.app.register.search import sought
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

NEXT = re.compile(r'href="([^"]+)" rel="next"')
ROW = re.compile(r'href="/visita/(\w+)"')

#: Each filter alone.
ALONE = {
    "q": "quispe",
    "desde": "2026-02-01",
    "hasta": "2026-01-15",
    "entidad": sought.OTHER,
    "categoria": "interests",
    "intereses": "1",
    "visitante": "00000007",  # a document, whose key the application computes
    "estado": "anuladas",
}
TOGETHER: tuple[dict[str, str], ...] = (
    {},
    {"q": "ana isp"},
    {"q": "«bases» a.b.c."},
    {"q": "zzz"},
    {"q": "de", "entidad": CODE},
    {"q": "de ana", "desde": "2026-01-01", "hasta": "2026-02-15"},
    {"q": "mamani", "entidad": sought.OTHER, "categoria": "work"},
    {"q": "ana", "estado": "anuladas", "intereses": "1"},
    {"visitante": "00000007", "hasta": "2026-02-15"},
)


@pytest.fixture
def filled(app, clock: Clock) -> Visited:
    visited = Visited(app)
    sought.fill(visited, 600)
    return visited


def args_of(visited: Visited, args: dict[str, str]) -> dict[str, str]:
    if "visitante" not in args:
        return args
    with visited.app.app_context():
        return args | {"visitante": keys.visitor_key("DNI", args["visitante"])}


def on_pages(visited: Visited, path: str) -> Iterator[str]:
    """Return the codes of the visits on all pages of a search."""
    while path:
        html = visited.browser().get(path).text
        yield from ROW.findall(html)
        further = NEXT.search(html)
        path = unescape(further[1]) if further else ""


def in_file(visited: Visited, path: str) -> list[str]:
    with visited.browser().get(path) as answer:
        assert answer.status_code == 200
        return [row["codigo"] for row in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))]


@pytest.mark.guard("each filter is compared on page and file")
@pytest.mark.parametrize(
    "args", [*({name: value} for name, value in ALONE.items()), *TOGETHER], ids=urlencode
)
def test_page_and_file_have_the_same_rows(filled: Visited, args: dict[str, str]):
    params = args_of(filled, args)
    shown = list(on_pages(filled, "/visitas?" + urlencode(params)))
    assert in_file(filled, "/visitas.csv?" + urlencode(params | {"forma": "abierto"})) == shown
    assert bool(shown) != (args == {"q": "zzz"})


@pytest.mark.nightly
def test_every_filter_changes_what_is_found(filled: Visited):
    everything = list(on_pages(filled, "/visitas"))
    for name, value in ALONE.items():
        params = args_of(filled, {name: value})
        shown = list(on_pages(filled, "/visitas?" + urlencode(params)))
        assert shown != everything, name


def test_every_filter_of_a_search_is_compared_with_its_file():
    assert Query.of(ALONE | {"visitante": "a" * 16}).params.keys() == ALONE.keys()
