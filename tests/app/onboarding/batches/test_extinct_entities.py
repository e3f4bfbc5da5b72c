"""What pages say of entities that a norm renamed, absorbed or ended, and how they are found."""

from __future__ import annotations

import re

import pytest

from tests.app import cast
from tests.app.onboarding.batches.batched import confirm, entities, entity_of
from tests.app.onboarding.batches.test_batches_catalogue import (
    bring_changes,
    change,
    manager,
    new,
)
from tests.app.walk import CODE, Walk
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

OLD, NEW = "Comisión de Faros", "Autoridad de Puertos"


@pytest.fixture
def client(walk: Walk) -> CheckingClient:
    """Return the browser of the superuser, after an onboarding began; two entities have not."""
    entities(walk, 3)
    with walk.writing() as session:
        entity = cast.entity_of(session)
        entity.name = OLD
        entity.index()
    walk.begin()
    return manager(walk)


def merge(client: CheckingClient) -> None:
    """Let a new entity absorb the one whose onboarding runs."""
    rows = new(NEW, "E90300"), change("fusionar", CODE, successor="E90300")
    confirm(client, bring_changes(client, *rows), 2)


def listed(client: CheckingClient, **args: str) -> dict[str, str]:
    """Return the rows of the list of entities: code → text."""
    page = client.get("/entidades", query_string=args).text
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    found = {}
    for row in rows:
        text = " ".join(re.sub(r"<[^>]+>", " ", row).split())
        code = re.search(r"E9\d{4}", text)
        assert code is not None
        found[code[0]] = text
    return found


def searched(client: CheckingClient, text: str) -> str:
    """Return the results of the search in the head."""
    answer = client.post("/buscar", data={"q": text}, follow_redirects=True)
    page = str(answer.text).partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_absorbed_entity_does_not_apply_and_counts_nowhere(client: CheckingClient):
    before = set(listed(client, estado="todos"))
    merge(client)
    page = client.get(f"/entidades/{CODE}").text
    assert f"Absorbida por {NEW}" in page
    assert "No corresponde" in page
    assert "Implementación anulada" not in page
    assert "1 de marzo de 2026, por Ley 99001" in page
    assert set(listed(client, estado="todos")) == before - {CODE} | {"E90300"}
    for state in ("en-marcha", "sin-iniciar", "anulado", "no-corresponde"):
        assert CODE not in listed(client, estado=state), state
    [(code, text)] = listed(client, estado="extinguida").items()
    assert code == CODE
    assert f"Absorbida por {NEW} No corresponde" in text
    late = listed(client, estado="todos", plazo="atrasado")
    assert CODE not in late
    file = client.get("/entidades.csv?estado=extinguida").text
    assert f"Absorbida por {NEW},No corresponde" in file


def test_the_programme_counts_those_that_a_norm_ended_apart(client: CheckingClient):
    assert "por norma: no" not in client.get("/programa").text
    merge(client)
    page = client.get("/programa").text
    assert 'estado=extinguida">1\N{NO-BREAK SPACE}entidad se extinguió</a> por norma' in page
    counted = re.search(r'estado=todos">(\d+)</a> entidades', page)
    assert counted is not None
    assert int(counted[1]) == len(listed(client, estado="todos"))


def test_an_entity_that_had_not_begun_does_not_apply_either(client: CheckingClient):
    confirm(client, bring_changes(client, change("extinguir", "E90002")), 1)
    page = client.get("/entidades/E90002").text
    assert "No corresponde la implementación" in page
    assert "Todavía no empieza" not in page
    [text] = listed(client, estado="extinguida").values()
    assert "Extinguida el 01/03/2026 No corresponde" in text


def test_the_name_of_an_absorbed_entity_finds_the_one_that_absorbed_it(
    walk: Walk, client: CheckingClient
):
    merge(client)
    [(code, text)] = listed(client, q="comision faros", estado="todos").items()
    assert code == "E90300"
    assert f"{NEW} antes {OLD}" in text
    found = searched(client, "faros comisión")
    assert f"{NEW} antes {OLD} · E90300" in found
    assert "Entidades 2 " in found, "the absorbed one, too"
    assert " más" not in found
    assert found.index("E90300") < found.index(CODE)
    assert f"Absorbida por {NEW}" in found
    assert "antes" not in listed(client, q="puertos", estado="todos")["E90300"]
    form = {"name": OLD, "level": "nacional", "active": "y"}
    assert client.post(f"/catalogo/{CODE}", data=form).status_code == 303
    assert entity_of(walk, "E90300").former == [], "the merger was a mistake"
    assert set(listed(client, q="comision faros", estado="todos")) == {CODE}


def test_a_chain_of_mergers_and_names_leads_to_the_present_one(walk: Walk, client: CheckingClient):
    confirm(client, bring_changes(client, change("renombrar", CODE, name="Instituto de Faros")), 1)
    merge(client)
    last = change("fusionar", "E90300", successor="E90003", norm="Ley 99002")
    confirm(client, bring_changes(client, last), 1)
    assert entity_of(walk, "E90003").former == [OLD, "Instituto de Faros", NEW]
    for name in (OLD, "Instituto de Faros", NEW):
        assert set(listed(client, q=name, estado="todos")) == {"E90003"}, name


def test_a_former_name_finds_a_renamed_entity(walk: Walk, client: CheckingClient):
    confirm(client, bring_changes(client, change("renombrar", CODE, name=NEW)), 1)
    assert f"{NEW} antes {OLD}" in listed(client, q="faros")[CODE]
    assert f"{NEW} antes {OLD} · {CODE}" in searched(client, "comisión de faros")
    again = change("renombrar", CODE, name=OLD, norm="Ley 99002")
    confirm(client, bring_changes(client, again), 1)
    assert entity_of(walk, CODE).former == [NEW], "its present name is no former one"
