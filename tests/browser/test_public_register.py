"""The public register in a real browser without scripts: searching, reading, citing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.base.models import Visit
from app.register.visits import recording
from tests.app.visited import CODE, Visited
from tests.browser.examined import Examiner, wider
from tests.browser.visitor import Visitor
from tests.conftest import Clock


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    made = Visited(app)
    wrong = made.visit(name="Ñahui Muestra Roza", kind="private", entity="Consorcio de Muestra")
    with made.writing() as session:
        visit = session.get_one(Visit, wrong)
        recording.correct(
            session,
            visit,
            reason="El nombre estaba mal escrito",
            actor_id=made.people["operator"],
            seen=1,
            visitor_name="Ñahui Muestra Rosa",
        )
    for number in range(60):
        made.visit(ago=number + 1, name=f"Quispe Inventada {number}")
    made.visit("demo")
    return made


@pytest.fixture
def reader(
    visited: Visited, live_server: str, browser: Any, examiner: Examiner
) -> Iterator[Visitor]:
    """Yield a visitor without scripts, whose pages are all examined with axe."""
    made = Visitor(browser, live_server, examiner)
    yield made
    made.context.close()


@pytest.mark.guard("a journey in a browser: the public register", always=True)
def test_a_reader_finds_a_visit_and_reads_its_history(reader: Visitor):
    reader.goes("/")
    reader.follows("Visitas publicadas")
    reader.writes("Visitante, funcionario, entidad representada o motivo", "rosa NAHUI")
    reader.presses("Buscar")
    reader.reads("1 visita")
    reader.reads("DNI *****501")
    reader.follows("02/03/2026")
    reader.reads("Visita del 2 de marzo de 2026")
    reader.reads("Motivo: El nombre estaba mal escrito")
    reader.follows("Todas sus visitas publicadas")
    reader.reads("61 visitas de un mismo visitante")


@pytest.mark.nightly
def test_pages_are_turned_by_links(reader: Visitor):
    reader.goes(f"/visitas/{CODE}?q=quispe")
    reader.reads("60 visitas")
    reader.follows("Ver las 50 siguientes")
    reader.reads("Quispe Inventada 59")
    reader.follows("Volver a las más recientes")
    reader.reads("Quispe Inventada 0")


@pytest.mark.nightly
def test_a_document_number_finds_its_visits(reader: Visitor):
    reader.goes("/visitas")
    reader.follows("Buscar por número de documento")
    reader.writes("Número", "00000501")
    reader.writes("Primer apellido", "mamani")
    reader.presses("Buscar")
    reader.reads("No hay visitas publicadas con ese número y ese primer apellido.")
    reader.writes("Primer apellido", "nahui")
    reader.presses("Buscar")
    reader.reads("61 visitas de un mismo visitante")
    assert "00000501" not in reader.page.url


@pytest.mark.nightly
def test_an_invalid_search_links_to_its_box(reader: Visitor):
    reader.goes("/visitas?desde=2026-13-01")
    reader.sees_what_is_wrong("Desde: escribe un día que exista", "Desde")
    reader.goes("/visitas?entidad=nadie")
    reader.sees_what_is_wrong("Ninguna entidad que publique", "Entidad visitada")


@pytest.mark.nightly
def test_filters_are_used_without_a_script(reader: Visitor):
    reader.goes("/visitas")
    reader.page.get_by_text("Más filtros").click()
    reader.page.get_by_label("Categoría del motivo").select_option("interests")
    reader.presses("Buscar")
    reader.reads("Ninguna visita coincide")
    reader.follows("Ver todas")
    reader.reads("61 visitas")


@pytest.mark.nightly
def test_published_data_is_explained_and_counted(reader: Visitor):
    reader.goes("/cobertura")
    reader.reads("1 entidad publica, con 61 visitas en 30 días")
    reader.follows("Qué es este registro")
    reader.reads("Nada se borra")


#: As long as words in the registers of ministries, and as short as a table can hide.
LONG = {
    "visitor_name": "Huamanchumo Villavicencio Electrotelecomunicador",
    "visitor_entity": "INFRAESTRUCTURA-TRANSPORTES-Y-TELECOMUNICACIONES-INTERPROVINCIALES",
    "motive": "Responsabilidad constitucionalmente otorrinolaringológica interinstitucional",
    "place": "Subdirección/Descentralización/Desconcentración",
}


@pytest.mark.nightly
def test_long_words_do_not_make_the_table_wider_than_the_screen(
    visited: Visited, reader: Visitor
) -> None:
    with visited.writing() as session:
        for visit in session.query(Visit):
            for name, value in LONG.items():
                setattr(visit, name, value)
    reader.page.goto("/visitas")
    reader.reads(LONG["motive"])
    assert wider(reader.page, (320, 768, 1199, *range(1200, 1440, 20), 1440, 1536, 1920)) == []
    assert (
        reader.page.locator(".register td").first.evaluate(
            "one => one.getBoundingClientRect().width"
        )
        > 60
    )
