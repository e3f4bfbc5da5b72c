"""The baseline: an export of many entities, from the file to past visits in their registers."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Baseline, BaselineName, Entity, Register
from app.register.baseline import bringing, choices
from tests.app import cast
from tests.app.onboarding.batches.baseline.exported import (
    bring_in,
    catalogue,
    names,
    number_of,
    read,
    upload,
    visit,
    visits,
)
from tests.app.register.importing.past_files import official
from tests.app.together import PATIENCE
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def walk(app, clock: Clock) -> Walk:
    walk = Walk(app)
    catalogue(walk)
    return walk


@pytest.mark.nightly
def test_an_export_is_imported_as_past_visits(walk: Walk):
    sip = walk.browser("sip")
    rows = [
        visit("Ministerio de Ejemplos y Muestras"),
        visit("MINISTERIO DE EJEMPLOS Y MUESTRAS", "HUAMÁN INVENTADO LUIS"),
        visit("SUMUE", Hora_Salida=""),
        visit("SUMUE", visitor=""),
    ]
    place = read(sip, rows)
    page = bring_in(sip, place)
    assert "2\N{NO-BREAK SPACE}visitas importadas." in page
    assert "1\N{NO-BREAK SPACE}visita importada; 1\N{NO-BREAK SPACE}fila no es una visita." in page
    found = visits(walk, "E90011")
    assert [one.visitor_name for one in found] == ["QUISPE INVENTADA ANA", "HUAMÁN INVENTADO LUIS"]
    assert {(one.source, one.cut_off_on, one.audience) for one in found} == {
        ("official_platform", date(2026, 2, 28), "public")
    }
    everyone = walk.app.test_client()
    public = everyone.get(f"/visita/{found[0].code}").text
    assert "Importado de la plataforma oficial, corte al 28 de febrero de 2026" in public
    assert "DNI *****501" in public
    assert "00000501" not in public
    listed = everyone.get("/cobertura").text
    assert "Superintendencia de Muestras" in listed


@pytest.mark.nightly
def test_the_same_or_an_overlapping_export_adds_nothing(walk: Walk):
    sip = walk.browser("sip")
    rows = [visit("SUMUE"), visit("SUMUE", "HUAMÁN INVENTADO LUIS")]
    bring_in(sip, read(sip, rows))
    page = bring_in(sip, read(sip, [*rows, visit("SUMUE", "SALAS INVENTADA EVA")]))
    assert "1\N{NO-BREAK SPACE}visita importada; 2\N{NO-BREAK SPACE}ya estaban." in page
    assert len(visits(walk, "E90012")) == 3


@pytest.mark.nightly
def test_a_similar_or_repeated_name_waits_for_a_person(walk: Walk):
    sip = walk.browser("sip")
    repeated, similar = "MUNICIPALIDAD DISTRITAL DE REPETIDA", "SUPERINTENDENCIA DE LAS MUESTRA"
    place = read(sip, [visit(repeated), visit(similar), visit("CLUB INVENTADO")])
    found = names(walk)
    assert [found[one].match for one in (repeated, similar, "CLUB INVENTADO")] == [
        "several",
        "similar",
        "none",
    ]
    assert all(one.entity_id is None for one in found.values())
    assert "No hay visitas por importar." in sip.get(place).text
    page = sip.get(f"{place}/nombres/{number_of(walk, repeated)}").text
    assert "E90013" in page
    assert "E90014" in page
    answer = sip.post(f"{place}/nombres/{number_of(walk, repeated)}", data={"entidad": "E90014"})
    assert answer.status_code == 303
    bring_in(sip, place)
    assert len(visits(walk, "E90014")) == 1
    assert not visits(walk, "E90013")


@pytest.mark.nightly
def test_a_choice_is_remembered_for_the_next_export(walk: Walk):
    sip = walk.browser("sip")
    first = read(sip, [visit("LAS MUESTRAS"), visit("CLUB INVENTADO")])
    for name, chosen in (("LAS MUESTRAS", "E90012"), ("CLUB INVENTADO", "ninguna")):
        place = f"{first}/nombres/{number_of(walk, name)}"
        assert sip.post(place, data={"entidad": chosen}).status_code == 303
    second = read(sip, [visit("Las  muestras."), visit("Club Inventado")])
    assert "Fuera del catálogo" in sip.get(second).text
    again = names(walk)
    assert (again["Las muestras."].match, again["Las muestras."].entity_id is None) == (
        "chosen",
        False,
    )
    assert again["Club Inventado"].outside
    bring_in(sip, second)
    assert len(visits(walk, "E90012")) == 1


@pytest.mark.nightly
def test_former_names_are_matched_to_the_present_entity(walk: Walk):
    """Of a renamed entity, of one that it absorbed (`E90012`), and of a namesake absorbed too."""
    with walk.writing() as session:
        found = {one.code: one for one in session.scalars(select(Entity))}
        present = found["E90011"]
        present.name = "Autoridad Inventada"
        present.rename_formerly(["Ministerio de Ejemplos y Muestras", found["E90012"].name])
        for code, successor in (("E90012", present), ("E90014", found["E90012"])):
            found[code].active, found[code].extinct_on = False, date(2026, 2, 1)
            found[code].successor = successor
        session.flush()
        id_of = {code: one.id for code, one in found.items()}
    sip = walk.browser("sip")
    absorbed = [
        "SUPERINTENDENCIA DE MUESTRAS",
        "Superintendencia de Muestras - SUMUE",
        "SUMUE",
    ]
    exactly = {
        "Ministerio de Ejemplos y Muestras": "former",
        "MINEJEM": "acronym",
        "AUTORIDAD INVENTADA": "folded",
    }
    nearly, namesake = "MINISTERIO EJEMPLO Y MUESTRAS", "Municipalidad Distrital de Repetida"
    place = read(sip, [visit(name) for name in (*exactly, *absorbed, nearly, namesake)])
    rows = names(walk)
    assert {name: rows[name].match for name in exactly} == exactly
    assert {rows[name].entity_id for name in exactly} == {id_of["E90011"]}
    for name in (*absorbed, nearly):  # what an absorbed entity did, a person decides
        assert (rows[name].match, rows[name].candidates[0][0]) == ("similar", "E90011")
    assert rows[namesake].match == "several"
    assert {code for code, _ in rows[namesake].candidates} == {"E90013", "E90011"}
    page = sip.get(place).text
    assert "Es un nombre anterior" in page
    assert page.count("antes Superintendencia de Muestras") == 2
    assert page.count("antes Ministerio de Ejemplos y Muestras") == 2, "also of the similar one"
    page = sip.get(f"{place}/nombres/{rows[nearly].number}").text
    assert "antes Ministerio de Ejemplos y Muestras · " in page


@pytest.mark.nightly
def test_an_imported_register_is_not_open_for_its_entity(walk: Walk):
    sip = walk.browser("sip")
    bring_in(sip, read(sip, [visit("SUMUE")]))
    sgtd = walk.browser("sgtd")
    assert sgtd.get("/registro/E90012/produccion/visitas").status_code == 404
    assert sip.get("/registro/E90012/produccion/cortes").status_code == 404
    [register] = walk.all(select(Register))
    assert register.only_imported
    assert register.source == "official_platform"


@pytest.mark.nightly
def test_the_rows_of_a_name_are_stored_until_they_are_imported(walk: Walk):
    sip = walk.browser("sip")
    place = read(sip, [visit("SUMUE"), visit("CLUB INVENTADO")])
    bring_in(sip, place)
    left = select(BaselineName.name).where(BaselineName.lines.is_not(None))
    assert walk.all(left) == ["CLUB INVENTADO"]
    number = number_of(walk, "SUMUE")
    answer = sip.post(f"{place}/nombres/{number}", data={"entidad": "E90011"})
    assert "ya se importaron" in sip.get(str(answer.location)).text
    assert not visits(walk, "E90011")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.csv", "El archivo está vacío"),
        (b"%PDF-1.7 x", "a.pdf", "No pudimos leer el archivo"),
        (b"Fecha de Visita,Visitante,Motivo\n01/02/2026,X,Otros\n", "a.csv", "Entidad"),
    ],
)
def test_a_file_of_another_kind_is_refused(walk: Walk, content: bytes, name: str, message: str):
    answer = upload(walk.browser("sip"), content, name)
    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.nightly
def test_a_cut_off_before_the_last_visit_is_refused(walk: Walk):
    sip, content = walk.browser("sip"), official([visit("SUMUE", Fecha_de_Visita="20/02/2026")])
    early = upload(sip, content, cut_off_on="19/02/2026")
    assert "tiene visitas del 20 de febrero" in early.text
    late = upload(sip, content, cut_off_on="01/01/2030")
    assert (early.status_code, late.status_code) == (422, 422)
    assert "todavía no llega" in late.text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_name_that_moves_while_it_is_imported_goes_to_one_entity_whole(walk: Walk):
    sip = walk.browser("sip")
    place = read(sip, [visit("SUMUE")])
    baseline_id = int(place.rsplit("/", 1)[1])

    def bring() -> None:
        with walk.writing() as session:
            entity = cast.entity_of(session, "E90012")
            baseline = session.get_one(Baseline, baseline_id)
            bringing.bring_in(session, baseline, entity, walk.people["sip"])

    with walk.writing() as session:
        entity = cast.entity_of(session, "E90011")
        baseline, by_id = session.get_one(Baseline, baseline_id), walk.people["sip"]
        choices.choose(session, baseline, 1, entity, by_id)
        thread = threading.Thread(target=bring)
        thread.start()
        thread.join(0.5)  # it waits for the choice, and then finds nothing of its entity
        assert thread.is_alive()
    thread.join(PATIENCE)
    assert not visits(walk, "E90012")
    bring_in(sip, place)
    assert len(visits(walk, "E90011")) == 1
