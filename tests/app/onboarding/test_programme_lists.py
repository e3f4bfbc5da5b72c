"""The lists behind the numbers of the programme, its statements, and unknown pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select

from app.base.definitions import definition_of, in_force
from app.base.models import Entity
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.entity_list.query import EntityQuery
from tests.app.onboarding.recounted import Page, link, number, said
from tests.app.walk import Walk
from tests.statements import statements

PAGES = (
    "/programa",
    "/programa/regiones",
    "/programa/regiones?ver=terminado",
    "/programa/regiones?ver=sin-iniciar",
    "/programa/grupos",
    "/programa/coordinadores",
    "/programa/avance",
    "/programa/recorrido",
    *(f"/programa/recorrido/{stage}" for stage in STAGES),
    "/programa/dias",
)


def numbers_of(page: Page) -> Iterator[tuple[int, str]]:
    """Yield every number that links to entities, in tables, sentences and charts."""
    for anchor in page.tree.iterfind(".//main//a"):
        address = anchor.get("href")
        if not address.startswith("/entidades?") and address != "/entidades":
            continue
        if re.fullmatch(r"\d+ %", said(anchor)):
            continue  # the percentage of the number next to it
        numbers = [*anchor.iterfind(".//text"), *anchor.find_class("chart__number")]
        texts = [said(text) for text in numbers] or [said(anchor)]
        counts = [t for t in texts if re.fullmatch(r"[\d ]+( (convalidadas?|abiertas?).*)?", t)]
        assert counts, f"{texts} is no number"
        yield int(re.match(r"\d+", counts[0])[0]), address  # type: ignore[index]


@pytest.mark.nightly
@pytest.mark.parametrize("path", PAGES)
def test_every_number_is_as_long_as_its_list(programme: Walk, path: str):
    known: dict[str, int] = {}
    with programme.app.app_context(), programme.reading() as session:
        for count, address in numbers_of(Page(programme, path)):
            if address not in known:
                query = EntityQuery.of(dict(parse_qsl(urlsplit(address).query)))
                assert not query.faults, address
                found = select(func.count()).select_from(Entity).where(query.condition(session))
                known[address] = session.scalar(found) or 0
            assert count == known[address], address
    assert known or path == "/programa/dias"


#: Classes of cells whose numbers have no list of entities: sums up to a day, and tasks.
UNLISTED = {"so-far", "of-tasks"}
#: Texts with digits that are no number of the programme: names, and days and months under columns.
NAMED = re.compile(r"\d\. .+|\d{1,2} [a-z]{3}|[a-z]{3} \d{1,2}|Persona .+")


@pytest.mark.parametrize("path", PAGES)
def test_every_number_in_tables_and_pictures_leads_to_its_list(programme: Walk, path: str):
    tree = Page(programme, path).tree
    drawn = names_drawn(programme)
    numbers = [
        one
        for one in tree.iterfind(".//main//td")
        if re.search(r"\d", said(one)) and not UNLISTED & set(one.get("class", "").split())
    ]
    for cell in numbers:
        assert cell.find(".//a") is not None or said(cell) in ("0", "0 %"), said(cell)
        assert not re.search(r"\d", without_links(cell)) or said(cell) in ("0", "0 %")
    parts = [t for t in tree.iterfind(".//main//svg//text") if t.get("class") != "burn__tick"]
    for name in ("chart__number", "chart__name", "map__share", "map__name"):
        parts += tree.find_class(name)
    texts = [one for one in parts if re.search(r"\d", said(one))]
    for text in texts:
        is_linked = any(above.tag == "a" for above in text.iterancestors())
        is_nothing = re.fullmatch(r"0( %| abiertas)?", said(text))
        has_words = re.search(r"[a-záéíóúñ]{3}", said(text))
        is_name = NAMED.fullmatch(said(text)) or (has_words and squeezed(said(text)) in drawn)
        assert is_linked or is_nothing or is_name, said(text)
        if is_linked and text.tag == "text":
            style = {"fill": "#0b4f8a", "text-decoration": "underline"}
            looks = [{k: one.get(k) for k in style} for one in (text, text.getparent())]
            assert style in looks or is_name, f"{said(text)} looks like no link"
    assert len(numbers) + len(texts) > 10


def without_links(cell: Any) -> str:
    """Return the text of a cell without its links."""
    return "".join([cell.text or "", *(part.tail or "" for part in cell)])


def names_drawn(walk: Walk) -> str:
    """Return all names in the diagrams, without spaces, to find their lines in."""
    with walk.app.app_context(), walk.reading() as session:
        definition = definition_of(in_force(session))
    nodes = (node for drawing in definition.drawings for node in drawing.nodes)
    return squeezed(" ".join(node.name for node in nodes))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.nightly
@pytest.mark.parametrize("path", ["/programa", "/programa/recorrido/training"])
def test_the_list_has_the_same_count(programme: Walk, path: str):
    client = programme.browser("secretary")
    for address, count in {a: n for n, a in numbers_of(Page(programme, path))}.items():
        found = re.search(
            r'list-head__count" role="status"><strong>([0-9]+)', client.get(address).text
        )
        assert found, address
        assert int(found[1]) == count, address


def length(walk: Walk, path: str) -> int:
    """Return the number of lines that a list of the programme shows."""
    (count,) = Page(walk, path).tree.find_class("list-count")
    return int(said(count).split()[0])


@pytest.mark.nightly
def test_every_number_of_stages_is_as_long_as_its_list(programme: Walk):
    cells = [
        cell
        for path, table in (("/programa", 2), ("/programa/dias", 0), ("/programa/recorrido", 0))
        for row in Page(programme, path).table(table).values()
        for cell in row
    ]
    cells += [
        cell
        for stage in STAGES[:2]
        for row in Page(programme, f"/programa/recorrido/{stage}").table().values()
        for cell in row
    ]
    counting = ("Etapa", "La terminaron", "Respuestas")
    checked = 0
    for cell in cells:
        if cell.get("data-label").startswith(counting) and link(cell):
            assert length(programme, link(cell)) == number(cell), link(cell)
            checked += 1
    assert checked > 40


def test_the_slowest_come_first(programme: Walk):
    stage = STAGES[0]
    days = [number(cells[2]) for cells in rows_of(Page(programme, f"/programa/dias/{stage}"))]
    assert days == sorted(days, reverse=True)
    assert len(days) > 10
    by_hands = [
        re.search(r"(\d+) en manos de la SIP", said(cells[3]))
        for cells in rows_of(Page(programme, f"/programa/dias/{stage}?manos=sip"))
    ]
    of_sip = [int(found[1]) if found else 0 for found in by_hands]
    assert of_sip == sorted(of_sip, reverse=True)
    assert of_sip[0] > 0


def rows_of(page: Page) -> list[list[Any]]:
    """Return the cells of a list, row by row."""
    return [row.findall("td") for row in page.tree.findall(".//tbody/tr")]


@pytest.mark.nightly
def test_nothing_has_begun_yet(walk_on: Walk):
    for path in PAGES:
        Page(walk_on, path)
    assert "Todavía no hay ninguna línea" in said(Page(walk_on, "/programa/dias/training").tree)


@pytest.mark.nightly
def test_the_number_of_statements_is_constant(programme: Walk):
    engine = programme.engine
    client = programme.browser("sip")
    paths = (*PAGES, "/programa/dias/training", "/programa/pasos/plan_training")
    before = {}
    for path in paths:
        client.get(path)
        with statements(engine) as sent:
            client.get(path)
        before[path] = len(sent)
    for number_ in range(2, 8):
        programme.begin(code=f"E9001{number_}")
    for path in paths:
        with statements(engine) as sent:
            client.get(path)
        assert len(sent) <= before[path] + 3, "at most three more for what is not cached yet"
        with statements(engine) as sent:
            client.get(path)
        assert len(sent) == before[path] <= 10


def test_unknown_pages_are_not_found(walk: Walk):
    client = walk.browser("sip")
    for path in (
        "/programa/recorrido/nada",
        "/programa/recorrido/follow_up",
        "/programa/dias/nada",
        "/programa/semanas/nunca",
        "/programa/semanas/2026-03-03",
        "/programa/semanas/1999-03-01",
        "/programa/pasos/nada",
        "/programa/pasos/answer_follow_up",
        "/programa/dias/training?pagina=2",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("path", "said", "without"),
    [
        ("/programa?ver=x", "No existe el filtro «ver».", "/programa"),
        ("/programa/dias?foo=", "No existe el filtro «foo».", "/programa/dias"),
        (
            "/programa/regiones?ver=nada",
            "El filtro «ver» no tiene el valor «nada».",
            "/programa/regiones",
        ),
        (
            "/programa/regiones?ver=terminado&pagina=2",
            "No existe el filtro «pagina».",
            "/programa/regiones?ver=terminado",
        ),
        (
            "/programa/dias/training?manos=nadie",
            "El filtro «manos» no tiene el valor «nadie».",
            "/programa/dias/training",
        ),
        (
            "/programa/semanas/2026-03-02?etapa=nada",
            "El filtro «etapa» no tiene el valor «nada».",
            "/programa/semanas/2026-03-02",
        ),
        (
            "/programa/semanas/2026-03-02?etapa=training&etapa=closing",
            "El filtro «etapa» está más de una vez: deja uno solo.",
            "/programa/semanas/2026-03-02?etapa=training",
        ),
    ],
)
def test_an_unknown_filter_is_reported(walk: Walk, path: str, said: str, without: str):
    client = walk.browser("sip")
    answer = client.get(path)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'href="{without}">verla sin ese filtro' in answer.text
    assert client.get(without).status_code == 200
    assert walk.browser("administrator").get(path).status_code == 404
