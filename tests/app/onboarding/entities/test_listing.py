"""The list of entities: its orders, its pages, its files, and wrong queries."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest
import python_calamine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, ProcessInstance, User
from app.onboarding.entity_list import standing
from app.onboarding.entity_list.filters import HOLDERS, STAGES, STATES
from app.onboarding.entity_list.ordering import ORDERS
from app.onboarding.entity_list.standing import Standing, standings
from tests.app import cast
from tests.app.onboarding.entities import listed
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

PATHS = ("/entidades", "/entidades.csv", "/entidades.xlsx")
CODES = re.compile(r'<th scope="row".*?href="/entidades/(E\d+)"')


@pytest.fixture
def many(walk: Walk) -> Walk:
    """Return two hundred invented entities, some days later."""
    listed.fill(walk)
    return walk


@pytest.fixture
def client(many: Walk, monkeypatch: pytest.MonkeyPatch) -> CheckingClient:
    """Return a coordinator's browser that gets the whole list on one page."""
    monkeypatch.setattr(standing, "PER_PAGE", 1000)
    return many.browser("sip")


def codes(client: CheckingClient, **query: str) -> list[str]:
    answer = client.get("/entidades", query_string={"estado": "todos"} | query)
    assert answer.status_code == 200, answer.text
    return CODES.findall(answer.text)


def lines(client: CheckingClient, **query: str) -> list[dict[str, str]]:
    answer = client.get("/entidades.csv", query_string={"estado": "todos"} | query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


# Orders ---------------------------------------------------------------------------------------


def place(values: Any, value: str) -> int | None:
    return list(values).index(value) if value in values else None


def due(here: Standing) -> Any:
    return min(listed.running_dates(here.entity), default=None)


def name_of(session: Session, user_id: int | None) -> str | None:
    user = session.get(User, user_id) if user_id else None
    return plain(f"{user.surnames} {user.given_names}") if user else None


def keys(session: Session) -> Mapping[str, Callable[[Standing], Any]]:
    """Return the plain sort key of each order; None comes last."""
    return {
        "": lambda h: h.instance is None or h.instance.ended_at is not None,
        "nombre": lambda h: plain(h.entity.name),
        "codigo": lambda h: h.entity.code,
        "nivel": lambda h: ["nacional", "regional", "local"].index(h.entity.level),
        "region": lambda h: plain(h.entity.department) or None,
        "sector": lambda h: plain(h.entity.sector) or None,
        "etapa": lambda h: place(STAGES, h.instance.stage) if h.instance else None,
        "estado": lambda h: place(STATES.values(), h.state) if h.instance else None,
        "manos": lambda h: place(list(HOLDERS.values()), h.holder),
        "dias": lambda h: h.clocks.held if h.holder else None,
        "total": lambda h: h.clocks.total if h.instance else None,
        "plazo": due,
        "coordinador-sip": lambda h: name_of(session, h.entity.sip_coordinator_id),
        "coordinador-sgtd": lambda h: name_of(session, h.entity.sgtd_coordinator_id),
    }


@pytest.mark.nightly
@pytest.mark.postgresql
def test_every_order_is_that_of_a_plain_sort_with_empty_values_last(
    many: Walk, client: CheckingClient
):
    with many.reading() as session:
        entities = session.scalars(select(Entity).where(Entity.active)).all()
        here = sorted(standings(session, entities), key=lambda h: plain(h.entity.name))
        rules = keys(session)
        assert set(rules) == set(ORDERS)
        for name, key in rules.items():
            filled = [one for one in here if key(one) is not None]
            empty = [one for one in here if key(one) is None]
            for sign in ("", "-"):
                if sign + name == "-":
                    continue
                expected = sorted(filled, key=key, reverse=bool(sign)) + empty
                assert codes(client, orden=sign + name) == [h.entity.code for h in expected], name
            assert len({key(one) for one in filled}) > 1, name


def test_a_heading_sorts_and_sorts_back_and_keeps_the_filters(client: CheckingClient):
    page = client.get("/entidades?region=Lima&orden=etapa").text
    assert (
        'aria-sort="ascending"><a class="sort"'
        ' href="/entidades?estado=en-marcha&amp;region=Lima&amp;orden=-etapa"' in page
    )
    assert 'href="/entidades?estado=en-marcha&amp;region=Lima&amp;orden=nombre"' in page
    back = client.get("/entidades?region=Lima&orden=-etapa").text
    assert 'aria-sort="descending"' in back


# Pages ----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_page_has_fifty_entities_and_none_is_missing(many: Walk):
    client = many.browser("sip")
    query = {"q": "ñusta", "estado": "todos", "orden": "-total"}
    pages = [codes(client, **query, pagina=str(number)) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [50, 50, 50, 49]
    assert len({code for page in pages for code in page}) == 199
    assert client.get("/entidades", query_string={**query, "pagina": "5"}).status_code == 404
    first = client.get("/entidades", query_string=query).text
    assert "/entidades?q=%C3%B1usta&amp;estado=todos&amp;orden=-total&amp;pagina=2" in first
    assert "199\N{NO-BREAK SPACE}entidades" in first


def test_the_page_describes_its_filters_and_links_to_the_same_files(client: CheckingClient):
    page = client.get("/entidades?region=Lima&etapa=sin-iniciar&paso=&orden=nombre&pagina=1").text
    assert "Estado: Sin iniciar · Región: Lima" in page
    for ending in ("csv", "xlsx"):
        assert f"/entidades.{ending}?estado=sin-iniciar&amp;region=Lima&amp;orden=nombre" in page
    hidden = client.get("/entidades?paso=review_designation").text
    assert '<input type="hidden" name="paso" value="review_designation">' in hidden


@pytest.mark.nightly
def test_the_number_of_statements_is_constant(many: Walk):
    client = many.browser("sip")
    for order in ORDERS:
        client.get(f"/entidades?orden={order}")  # fills the caches
    query = listed.filters(many)
    with many.statements() as all_of_them:
        client.get("/entidades")
    bound = len(all_of_them)
    for name, value in query:
        with many.statements() as sent:
            client.get("/entidades", query_string={name: value})
        # one more to read the diagrams in force
        assert len(sent) <= bound + (name == "espera"), (name, value)
    for order in ORDERS:
        with many.statements() as sent:
            client.get("/entidades", query_string={"orden": order})
        assert len(sent) <= bound + 1, order  # one more to see which cases moved


@pytest.mark.nightly
def test_an_order_by_the_catalogue_reads_no_onboardings_to_sort(many: Walk):
    client = many.browser("sip")
    for order, joins in (("nombre", 0), ("coordinador-sip", 0), ("plazo", 0), ("etapa", 1)):
        with many.statements() as sent:
            client.get("/entidades", query_string={"estado": "todos", "orden": order})
        assert sum("process_instance AS here" in one for one in sent) == joins, order


#: Queries with a value that their first field does not take.
WRONG = [
    "q=" + "x" * 10_000,
    "q=a%00b",
    "q=%07",
    "etapa=nada",
    "estado=%00",
    "region=Atl%C3%A1ntida",
    "sector=%3D1",
    "coordinador=4711",
    "orden=edad",
    "orden=-",
    "orden=--nombre",
    "plazo=2026",
    "etapa=anulado&estado=pendiente",
    "etapa=designation&etapa=training",
    "orden=nombre&orden=codigo",
    "etapa=nada&pagina=3",
]


def test_a_wrong_value_is_reported_at_its_field(walk: Walk):
    browser = walk.browser("sip")
    for query, path in product(WRONG, PATHS):
        answer = browser.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert answer.mimetype == "text/html"
        name = query.split("=", maxsplit=1)[0]
        assert f'aria-describedby="{name}-error"' in answer.text
        assert not CODES.findall(answer.text)


#: Parameters that the list does not have, and the sentence about them.
UNKNOWN = [
    ("regoin=Cusco", "No existe el filtro «regoin»."),
    ("regoin=", "No existe el filtro «regoin»."),
    ("regoin=a&sectro=b", "No existen los filtros «regoin», «sectro»."),
    ("a=1&b=1&c=1&d=1", "No existen los filtros «a», «b», «c» y otros."),
    ("%3Cb%3E%07=1", "No existe el filtro «&lt;b&gt;»."),
    ("x" * 999, f"No existe el filtro «{'x' * 40}»."),
    ("pagina=1&pagina=2", "El filtro «pagina» está más de una vez: deja uno solo."),
    ("paso=nada", "Ningún paso se llama así."),
]


@pytest.mark.nightly
def test_an_unknown_filter_is_reported_and_the_others_stay_filled_in(walk: Walk):
    browser = walk.browser("sip")
    for (query, said), path in product(UNKNOWN, PATHS):
        answer = browser.get(f"{path}?etapa=training&q=ejemplo&{query}")
        assert answer.status_code == 400
        assert f"<li>{said}</li>" in re.sub(r"\s*(</?li>)\s*", r"\1", answer.text)
        assert not CODES.findall(answer.text)
        assert '<option value="training" selected>' in answer.text
        assert 'name="q" type="search" value="ejemplo"' in answer.text


def test_an_unknown_filter_starts_no_entity(walk: Walk):
    client = walk.browser("sip")
    answer = client.post("/entidades/lotes/elegidas/inicio/todas?regoin=Cusco&q=ejemplo")
    assert answer.location == "/entidades?q=ejemplo&estado=en-marcha"
    assert "No existe el filtro «regoin»." in client.get(answer.location).text
    assert client.post("/entidades/cartas?regoin=Cusco").location == "/entidades?estado=en-marcha"


@pytest.mark.nightly
@pytest.mark.postgresql
def test_wildcards_are_searched_literally(many: Walk, client: CheckingClient):
    assert codes(client, q="%") == ["E91007"]
    assert codes(client, q="_") == []
    assert codes(client, q="ÑUSTA e91012") == ["E91012"]


# Files ----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_file_is_the_list_for_every_filter(many: Walk, client: CheckingClient):
    for name, value in listed.filters(many):
        query = {name: value, "orden": "-plazo"}
        assert [line["Código"] for line in lines(client, **query)] == codes(client, **query), query


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_file_is_the_list_in_every_order(client: CheckingClient):
    for order in ORDERS:
        query = {"orden": order, "estado": "en-marcha"}
        assert [line["Código"] for line in lines(client, **query)] == codes(client, **query), order


def test_a_line_says_where_an_entity_stands(begun: Walk, clock: Clock):
    with begun.writing() as session:
        entity = session.scalars(select(Entity)).one()
        entity.sip_coordinator_id = begun.people["sip"]
        entity.sector, entity.acronym = "GOBIERNOS MUNICIPALES", "MDE"
    clock.forward(days=17)
    (line,) = lines(begun.browser("sip"))
    assert line == {
        "Código": "E90001",
        "Entidad": "Municipalidad Distrital de Ejemplo 1",
        "Sigla": "MDE",
        "Nivel": "Local",
        "Sector": "Gobiernos municipales",
        "Región": "Lima",
        "Provincia": "Ejemplo",
        "Distrito": "Ejemplo 1",
        "Etapa": "Designación del administrador",
        "Estado": "Pendiente",
        "En manos de": "La entidad",
        "Desde": "2026-03-02",
        "Días hábiles en esas manos": "13",
        "Días hábiles en total": "13",
        "Qué sigue": "Designar al administrador (SIP-RVL-001)",
        "Vence": "2026-03-16",
        "Días hábiles de atraso": "3",
        "Coordinador de la SIP": "Persona Ejemplo 021",
        "Coordinador de la SGTD": "",
    }
    page = begun.browser("sip").get("/entidades").text
    assert "3\N{NO-BREAK SPACE}días hábiles de atraso" in page


def test_a_workbook_says_the_same_with_days_and_numbers(begun: Walk, clock: Clock):
    clock.forward(days=17)
    with begun.browser("sip").get("/entidades.xlsx?estado=en-marcha") as answer:
        named = answer.headers["Content-Disposition"]
        assert named == 'attachment; filename="entidades-2026-03-19.xlsx"'
        assert answer.headers["Cache-Control"] == "no-store"
        book = python_calamine.load_workbook(io.BytesIO(answer.get_data()))
    heads, row = book.get_sheet_by_index(0).to_python()
    (line,) = lines(begun.browser("sip"))
    assert heads == list(line)
    cells = dict(zip(heads, row, strict=True))
    assert cells["Días hábiles en total"] == 13
    assert cells["Vence"].isoformat() == "2026-03-16"
    assert {
        name: str(cells[name]) for name in ("Código", "Etapa", "Qué sigue")
    }.items() <= line.items()


@pytest.mark.parametrize("sign", [*list("=+-@"), "\t"])
def test_no_name_is_a_formula(walk: Walk, sign: str):
    risky = f'{sign}HYPERLINK("http://example.pe")'
    walk.commit(cast.entity, "E90002", name=risky)
    client = walk.browser("sip")
    assert lines(client, q="hyperlink")[0]["Entidad"] == f"'{risky}"
    with client.get("/entidades.xlsx?estado=todos&q=hyperlink") as answer:
        book = answer.get_data()
    sheet = python_calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0)
    assert sheet.to_python()[1][1] == risky
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_no_document_number_is_in_a_file(walk: Walk):
    walk.begin_at("training")
    with walk.writing() as session:
        entity = session.scalars(select(Entity)).one()
        entity.ruc = "10400000119"
        entity.index()
    text = walk.browser("sip").get("/entidades.csv").text
    assert not re.search(r"\d{8,}", text)


def test_a_head_request_gets_only_headers(walk: Walk):
    for ending in ("csv", "xlsx"):
        with walk.browser("sip").head(f"/entidades.{ending}") as answer:
            assert answer.status_code == 200
            assert not answer.get_data()


def test_a_suspended_case_is_not_late(begun: Walk, clock: Clock):
    with begun.writing() as session:
        row = session.scalars(select(ProcessInstance)).one()
        row.status, row.holder = "suspended", "suspended"
    clock.forward(days=40)
    client = begun.browser("sip")
    assert codes(client, plazo="atrasado") == []
    assert lines(client)[0]["Vence"] == ""
    assert "de atraso" not in client.get("/entidades").text
    assert calendar.today().isoformat() == "2026-04-11"
