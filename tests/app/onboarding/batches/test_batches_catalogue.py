"""Changes of the catalogue by norm, and RUCs, from files."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Entity, ProcessInstance, Task
from app.cases import processes
from app.onboarding.batches.kind import Refused
from app.onboarding.batches.kinds.catalogue.columns import COLUMNS, read
from app.people import access
from app.people.access import tickets
from tests.app import cast
from tests.app.onboarding.batches.batched import (
    bring,
    confirm,
    entities,
    entity_of,
    rows_of,
    text,
)
from tests.app.walk import CODE, Walk
from tests.pages import CheckingClient

NEW = "/entidades/lotes/nuevo/cambios-del-catalogo"
HEADINGS = (
    "Acción",
    "Código",
    "Nombre",
    "Nivel",
    "Tipo",
    "Ubigeo",
    "RUC",
    "Código de la que la absorbe",
    "Norma",
    "Fecha",
)
NORM = "Ley 99001"
RUCS = "/entidades/lotes/nuevo/rucs"
RUC, OTHER_RUC = "20131370301", "20131370645"


def change(action: str, code: str = "", **values: str) -> list[str]:
    """Return a row of a file of changes."""
    given = {"on": "01/03/2026", "norm": NORM} | values
    names = ("name", "level", "kind", "ubigeo", "ruc", "successor", "norm", "on")
    return [action, code, *(given.get(name, "") for name in names)]


def new(name: str, code: str = "", **values: str) -> list[str]:
    """Return a row that creates an entity."""
    return change("crear", code, name=name, level="Nacional", kind="Organismo público", **values)


def manager(walk: Walk) -> CheckingClient:
    """Return the browser of the superuser."""
    walk.people["superuser"] = walk.person("40000031", "superuser")
    return walk.browser("superuser")


def bring_changes(client: CheckingClient, *rows: list[str]) -> str:
    """Upload a file of changes; return the URL of its batch."""
    return bring(client, text(*rows, headings=HEADINGS), "cambios.csv", NEW)


@pytest.mark.nightly
def test_an_entity_is_created_with_the_next_code_norm_and_day(walk: Walk):
    client = manager(walk)
    place = bring_changes(client, new("Autoridad de Puertos", ubigeo="150101", ruc=RUC))
    page = client.get(place).text
    assert "Vas a guardar los cambios por norma de 1\xa0entidad." in page
    assert "Entidad nueva" in page
    assert "Se crea con el código siguiente." in page
    assert "Ley 99001, 1 de marzo de 2026" in page
    page = confirm(client, place, 1)
    assert "Se creó Autoridad de Puertos, con el código E90002." in page
    entity = entity_of(walk, "E90002")
    assert (entity.name, entity.district, entity.ruc) == ("Autoridad de Puertos", "Lima", RUC)
    assert (entity.level, entity.kind, entity.active) == ("nacional", "organismo", True)
    assert rows_of(walk, place)[0].entity_id == entity.id
    history = client.get("/entidades/E90002/historial").text
    assert "Se agregó al catálogo, desde el 1 de marzo de 2026, por Ley 99001" in history


@pytest.mark.nightly
def test_a_merger_ends_the_absorbed_entity_and_names_its_successor(walk: Walk):
    client = manager(walk)
    walk.begin()
    with walk.writing() as session:
        absorbed = cast.entity_of(session)
        secret = access.issue_activation_code(session, absorbed, None)
    place = bring_changes(
        client, new("Autoridad Única", "E90300"), change("fusionar", CODE, successor="E90300")
    )
    page = client.get(place).text
    assert "La absorbe E90300, que se crea en este archivo. Se anula 1\xa0proceso en curso;" in page
    page = confirm(client, place, 2)
    assert "Se extinguió el 1 de marzo de 2026, absorbida por Autoridad Única." in page
    entity, successor = entity_of(walk, CODE), entity_of(walk, "E90300")
    assert (entity.extinct_on, entity.extinct_norm) == (date(2026, 3, 1), NORM)
    assert (entity.active, entity.successor_id) == (False, successor.id)
    with walk.reading() as session:
        assert not tickets.is_good(tickets.find(session, "activation", secret))
        (case,) = session.scalars(select(ProcessInstance))
        assert (case.status, case.wake_at) == ("cancelled", None)
        assert not session.scalars(select(Task).where(Task.state == "open")).all()
        with pytest.raises(processes.NotStartable):
            processes.start(session, session.get_one(Entity, entity.id), "onboarding", None)
    history = client.get(f"/entidades/{CODE}/historial").text
    assert "la absorbió Autoridad Única (E90300)" in history
    assert "por Ley 99001" in history
    history = client.get("/entidades/E90300/historial").text
    assert f"Absorbió a {entity.name} ({CODE})" in history
    page = walk.app.test_client().get(f"/visitas/{CODE}").text
    assert "Esta entidad se extinguió el 1 de marzo de 2026, por Ley 99001." in page
    assert 'href="/visitas/E90300"' in page
    assert "Si su registro se abre aquí" not in page
    assert "se extinguió" in client.get(f"/entidades/{CODE}").text
    assert "Extinguida" in client.get("/catalogo", query_string={"q": CODE}).text


def test_nobody_records_visits_for_an_extinct_entity(walk: Walk):
    with walk.writing() as session:
        entity = cast.entity_of(session)
        operator = cast.person(session, "40000041", "operator", entity)
        assert access.may(operator, "record_visits", entity)
        entity.extinct_on = date(2026, 3, 1)
        assert not access.may(operator, "record_visits", entity)
        assert access.may(operator, "see_register", entity)


@pytest.mark.nightly
def test_an_extinction_that_was_a_mistake_is_undone_in_the_catalogue(walk: Walk):
    client = manager(walk)
    confirm(client, bring_changes(client, change("extinguir", CODE)), 1)
    form = {"name": "Entidad", "level": "nacional", "active": "y"}
    assert client.post(f"/catalogo/{CODE}", data=form).status_code == 303
    entity = entity_of(walk, CODE)
    assert (entity.active, entity.extinct_on, entity.extinct_norm) == (True, None, "")
    history = client.get(f"/entidades/{CODE}/historial").text
    assert "extinguida desde: 1 de marzo de 2026 → (vacío)" in history


@pytest.mark.nightly
def test_a_renamed_entity_is_found_by_its_new_name(walk: Walk):
    client = manager(walk)
    before = entity_of(walk, CODE).name
    place = bring_changes(client, change("renombrar", CODE, name="Nombre Que Rige"))
    assert f"«{before}» se llamará «Nombre Que Rige»." in client.get(place).text
    confirm(client, place, 1)
    assert "nombre que rige" in entity_of(walk, CODE).search_text
    history = client.get(f"/entidades/{CODE}/historial").text
    assert f"nombre: {before} → Nombre Que Rige" in history
    assert "Cambiaron los datos de la entidad, desde el 1 de marzo de 2026, por Ley" in history


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (change("vender", CODE), "La acción es crear, renombrar, fusionar o extinguir."),
        (change("extinguir", CODE, norm="", on="ayer"), "Falta la norma. Escribe la fecha como"),
        (change("extinguir", CODE, on=""), "Falta la fecha."),
        (change("extinguir", CODE, on="01/01/2099"), "La fecha todavía no llega"),
        (change("extinguir", CODE, norm="DNI 40000011"), "No escribas números de documento"),
        (change("extinguir", CODE, norm="x" * 201), "demasiado largo"),
        (change("fusionar", CODE), "Falta el código de la entidad que la absorbe."),
        (change("renombrar", CODE), "Falta el nombre nuevo."),
        (new("Otra", "275"), "El código es una letra y cinco dígitos"),
        (new("Otra", ruc="20131370302"), "su último dígito no corresponde"),
        (new("Otra", ubigeo="999999"), "El ubigeo no es de ningún distrito"),
        (new(""), "Falta el nombre."),
        (change("crear", name="Otra", level="X", kind="Y"), "El nivel es nacional, regional o"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: list[str], sentence: str):
    keys = {column.heading: column.key for column in COLUMNS}
    cells = dict.fromkeys(keys.values(), "") | {
        keys[heading]: cell for heading, cell in zip(HEADINGS, row, strict=True)
    }
    with pytest.raises(Refused, match=re.escape(sentence)):
        read(cells)


@pytest.mark.nightly
def test_a_row_that_cannot_be_done_says_why(walk: Walk):
    codes = entities(walk, 4)
    client = manager(walk)
    page = client.get(
        bring_changes(
            client,
            change("extinguir", "E99999"),
            change("fusionar", codes[0], successor=codes[0]),
            change("fusionar", codes[1], successor="E99999"),
            new("Otra", codes[2]),
            change("renombrar", codes[3], name=entity_of(walk, codes[3]).name),
        )
    ).text
    for sentence in (
        "No hay ninguna entidad con el código E99999.",
        "Una entidad no se fusiona consigo misma.",
        f"El código {codes[2]} ya es de",
        "Ya se llama así.",
        "No hay nada que hacer en este lote.",
    ):
        assert sentence in page, sentence


@pytest.mark.nightly
def test_rows_that_repeat_a_new_entity_are_refused(walk: Walk):
    client = manager(walk)
    place = bring_changes(
        client, new("Única"), new("ÚNICA"), new("Una", "E90300"), new("Dos", "E90300")
    )
    assert [row.plan for row in rows_of(walk, place)] == ["do", "refused", "refused", "refused"]
    page = client.get(place).text
    assert "Ya hay una entidad con ese nombre y lugar: otra fila de este archivo." in page
    assert "Otra fila de este archivo tiene ese código." in page


@pytest.mark.nightly
def test_two_batches_create_one_entity_once(walk: Walk):
    client = manager(walk)
    first, second = (
        bring_changes(client, new("Única"), change(*one))
        for one in (("renombrar", CODE), ("extinguir", "E99998"))
    )
    confirm(client, first, 1)
    page = confirm(client, second, 1)
    assert "Ya hay una entidad con ese nombre y lugar: E90002." in page
    assert len(walk.all(select(Entity).where(Entity.name == "Única"))) == 1


@pytest.mark.nightly
def test_what_changed_since_the_dry_run_is_judged_again(walk: Walk):
    others = entities(walk, 2)
    client = manager(walk)
    place = bring_changes(client, change("fusionar", CODE, successor=others[1]))
    confirm(client, bring_changes(client, change("extinguir", others[1])), 1)
    page = confirm(client, place, 1)
    assert f"{others[1]} no puede absorberla. Ya no existe desde el 1 de marzo de 2026." in page
    again = bring_changes(client, change("extinguir", others[1], norm="Ley 99002"))
    assert "Ya consta que se extinguió el 1 de marzo de 2026." in client.get(again).text


@pytest.mark.nightly
def test_only_the_superuser_changes_the_catalogue(walk: Walk):
    client = walk.browser("sip")
    assert client.get(NEW).status_code == 404
    assert client.get(RUCS).status_code == 404


# RUCs -----------------------------------------------------------------------------------------


def bring_rucs(client: CheckingClient, *rows: tuple[str, str]) -> str:
    """Upload a file of RUCs; return the URL of its batch."""
    content = text(*rows, headings=("Código", "RUC"))
    return bring(client, content, "rucs.csv", RUCS, source="Padrón")


@pytest.mark.nightly
def test_rucs_are_filled_and_logged(walk: Walk):
    codes = entities(walk, 2)
    client = manager(walk)
    with walk.writing() as session:
        cast.entity_of(session, codes[1]).ruc = OTHER_RUC
    place = bring_rucs(client, (codes[0], RUC), (codes[1], RUC))
    page = client.get(place).text
    assert "Se guarda el RUC, que faltaba. También es de" in page
    assert f"Reemplaza a {OTHER_RUC}. También es de" in page
    page = confirm(client, place, 2)
    assert "un coordinador confirma si lo comparten" in page
    assert [entity_of(walk, code).ruc for code in codes] == [RUC, RUC]
    assert [entity_of(walk, code).ruc_to_confirm for code in codes] == ["", RUC]
    history = client.get(f"/entidades/{codes[1]}/historial").text
    assert f"RUC: {OTHER_RUC} → {RUC}" in history
    assert "por importación (Padrón)" in history


@pytest.mark.nightly
def test_a_ruc_that_a_case_presented_is_not_replaced(walk: Walk):
    client = manager(walk)
    walk.begin()
    walk.answer("designate_administrator")
    presented = entity_of(walk, CODE).ruc
    assert presented
    page = client.get(bring_rucs(client, (CODE, RUC))).text
    assert f"En su caso presentó otro, {presented}" in page
    assert "No hay nada que hacer en este lote." in page
    assert "Ya tiene ese RUC." in client.get(bring_rucs(client, (CODE, presented))).text


@pytest.mark.nightly
def test_a_wrong_ruc_says_why(walk: Walk):
    codes = entities(walk, 3)
    client = manager(walk)
    wrong = ("", "20131370302", "10400000110")
    page = client.get(bring_rucs(client, *zip(codes, wrong, strict=True))).text
    for sentence in ("Falta el RUC.", "su último dígito no corresponde", "empieza con 20"):
        assert sentence in page


def test_a_successor_is_created_by_an_earlier_row_that_will_be_done(walk: Walk):
    client, codes = manager(walk), entities(walk, 3)
    place = bring_changes(
        client,
        change("fusionar", codes[0], successor="E90300"),
        new("Autoridad Única", "E90300"),
        change("fusionar", codes[1], successor="E90300"),
        new("Autoridad Única", "E90301"),
        change("fusionar", codes[2], successor="E90301"),
    )
    rows = rows_of(walk, place)
    assert [row.plan for row in rows] == ["refused", "do", "do", "refused", "refused"]
    assert rows[0].message == "La fila que crea E90300 no se puede hacer, o viene después."
