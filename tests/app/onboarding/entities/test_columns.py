"""The columns of the list of entities: each user chooses, and files keep all."""

from __future__ import annotations

import lxml.html
import pytest
from sqlalchemy import select

from app.base.models import Entity
from app.onboarding.entity_list.columns import COLUMNS, DEFAULT, MOST
from tests.app.walk import Walk
from tests.pages import CheckingClient

NAMES = {name: one.label for name, one in COLUMNS.items()}


@pytest.fixture
def client(walk: Walk) -> CheckingClient:
    """Return a coordinator's browser; one entity is under way."""
    walk.begin()
    return walk.browser("sip")


def heads(client: CheckingClient) -> list[str]:
    """Return the headings of the list, without that of the boxes."""
    page = lxml.html.fromstring(client.get("/entidades").text)
    return [
        head.text_content() for head in page.findall(".//thead//th") if head.find("a") is not None
    ]


def cells(client: CheckingClient) -> dict[str, str]:
    """Return heading → text of the first row."""
    page = lxml.html.fromstring(client.get("/entidades").text)
    row = page.find(".//tbody/tr")
    texts = [" ".join(cell.text_content().split()) for cell in row.xpath("td[not(@class='picks')]")]
    return dict(zip(heads(client)[1:], texts, strict=True))


def choose(client: CheckingClient, *names: str, **more: str) -> str:
    """Choose columns; return the page that follows."""
    data = {"columna": list(names), "volver": "/entidades?region=Lima", **more}
    answer = client.post("/entidades/columnas", data=data)
    assert (answer.status_code, answer.location) == (303, "/entidades?region=Lima")
    return client.get(answer.location).text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_each_user_chooses_the_columns_and_can_go_back(walk: Walk, client: CheckingClient):
    default = ["Entidad", *(NAMES[name] for name in DEFAULT)]
    assert heads(client) == default
    choose(client, "region", "etapa", "region", "unknown")
    assert heads(client) == ["Entidad", "Etapa", "Región"], "in the order of the page"
    assert heads(walk.browser("sgtd")) == default, "of another user"
    choose(client)
    assert heads(client) == ["Entidad"], "the name alone"
    choose(client, "nivel", siempre="1")
    assert heads(client) == default
    with walk.reading() as session:
        assert walk.user(session, "sip").entity_columns is None


@pytest.mark.nightly
def test_more_columns_than_fit_are_refused(client: CheckingClient):
    choose(client, "nivel")
    many = list(NAMES)[: MOST + 1]
    answer = choose(client, *many)
    assert f"Marcaste {MOST + 1} columnas: elige {MOST} como máximo" in answer
    page = lxml.html.fromstring(answer)
    assert page.xpath("//details[contains(@class, 'columns')]/@open")
    assert page.xpath("//input[@name='columna'][@checked]/@value") == many, "the ticks are kept"
    assert heads(client) == ["Entidad", "Nivel"]
    page = lxml.html.fromstring(client.get("/entidades").text)
    assert page.xpath("//input[@name='columna'][@checked]/@value") == ["nivel"]
    assert f"hasta {MOST} columnas" in page.text_content()
    choose(client, *list(NAMES)[:MOST])
    assert len(heads(client)) == MOST + 1


@pytest.mark.nightly
def test_every_column_has_its_cell(walk: Walk, client: CheckingClient):
    with walk.writing() as session:
        entity = session.scalars(select(Entity)).one()
        entity.sip_coordinator_id = walk.people["sip"]
        entity.sgtd_coordinator_id = walk.people["sgtd"]
        entity.sector = "GOBIERNOS MUNICIPALES"
    found: dict[str, str] = {}
    for first in (0, MOST):
        choose(client, *list(NAMES)[first : first + MOST])
        found |= cells(client)
    assert found == {
        "Etapa": "Designación del administrador",
        "Estado": "Pendiente",
        "En manos de": "La entidadhace menos de un día hábil",
        "Días en esas manos": "0",
        "Días hábiles": "0",
        "Qué sigue": "Designar al administrador (SIP-RVL-001)vence en 10 días hábiles",
        "Nivel": "Local",
        "Región": "Lima",
        "Sector": "Gobiernos municipales",
        "Coordinador de la SIP": "Persona Ejemplo 021",
        "Coordinador de la SGTD": "Persona Ejemplo 022",
    }
    assert set(found) == set(NAMES.values())


def test_files_keep_all_columns(client: CheckingClient):
    before = client.get("/entidades.csv").text.splitlines()[0]
    choose(client, "nivel")
    assert client.get("/entidades.csv").text.splitlines()[0] == before
