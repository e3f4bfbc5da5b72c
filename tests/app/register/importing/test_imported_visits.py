"""Imported visits say no more than their file: when they were registered, and who came."""

from __future__ import annotations

import pytest

from app.base import calendar
from app.register.facts.shapes import OFFICIAL, OPEN, select_of
from tests.app import cast
from tests.app.register.importing.past_files import official, row, table
from tests.app.register.importing.past_imports import checked, imported, visits
from tests.app.register.importing.test_judging import judged
from tests.app.register.public.test_public_visit import html_of, text_of
from tests.app.visited import Visited, lima


def test_registration_has_the_hour_that_the_file_has_and_none_after_now():
    for written, recorded in [
        ("06/02/2025", "2025-02-06 00:00"),
        ("45694", "2025-02-06 00:00"),
        ("06/02/2025 00:00:00", "2025-02-06 00:00"),
        ("06/02/2025 14:20:33", "2025-02-06 14:20:33"),
        ("06/02/2025 02:20 p. m.", "2025-02-06 14:20"),
        ("2025-02-06T14:20:33", "2025-02-06 14:20:33"),
        ("05/02/2025 08:10", "2025-02-05 08:10"),
        ("02/03/2026", "2026-03-02 00:00"),
    ]:
        found = judged(Fecha_de_Registro=written)
        assert found.visit is not None
        assert (found.visit["recorded_at"], found.codes) == (lima(recorded), [])
    found = judged(Fecha_de_Registro="02/03/2026 08:01")
    assert found.visit is not None
    assert "recorded_at" not in found.visit
    assert found.codes == ["recorded_unread"]


@pytest.mark.nightly
def test_an_hour_of_registration_in_a_workbook_is_stored(visited: Visited):
    imported(visited, official([row(Fecha_de_Registro=45694.5)]), "Reporte.xlsx")
    assert [visit.recorded_at for visit in visits(visited)] == [lima("2025-02-06 12:00")]


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("06/02/2025", "Registrada 6 de febrero de 2025 (según su fuente)"),
        ("06/02/2025 14:20", "Registrada 6 de febrero de 2025, 14:20 (según su fuente)"),
        ("", "Registrada Su fuente no lo dice"),
    ],
)
def test_a_page_says_when_it_was_registered_there_and_published_here(
    visited: Visited, written: str, said: str
):
    imported(visited, table([row(Fecha_de_Registro=written)]))
    [visit] = visits(visited)
    text = text_of(html_of(visited, visit.id))
    assert f"{said} Publicada aquí 2 de marzo de 2026, 08:00" in text
    assert "Registrada y publicada" not in text


@pytest.mark.nightly
def test_open_data_give_the_day_of_the_source_and_the_moment_of_the_import(visited: Visited):
    imported(visited, table([row(Fecha_de_Registro="06/02/2025")]))
    with visited.reading() as session:
        shown = session.execute(select_of(OPEN, full=False)).mappings().one()
        exported = session.execute(select_of(OFFICIAL, full=False)).mappings().one()
    assert shown["registrado"].startswith("2025-02-06T00:00:00")
    assert shown["modificado"].startswith(f"{calendar.now().astimezone(calendar.LIMA):%FT%T}")
    assert exported["Fecha de Registro"] == "06/02/2025"
    [meaning] = [column.meaning for column in OPEN if column.name == "registrado"]
    assert "en las importadas son las 00:00 si la fuente da solo el día" in meaning


@pytest.mark.nightly
def test_a_file_that_may_be_a_namesakes_export_is_marked_before_the_import(visited: Visited):
    alone = visited.browser("administrator").get(checked(visited, table([row()]))).text
    with visited.writing() as session:
        own = visited.register(session, "production").entity
        cast.entity(session, "E90003", name=own.name, district="Otro distrito")
        place = own.place
    page = visited.browser("administrator").get(checked(visited, table([row()]))).text
    assert "otra entidad que se llama igual" not in text_of(alone)
    assert f"Hay 1 otra entidad que se llama igual. Revisa que el archivo sea de la de {place}" in (
        text_of(page).replace("\N{NO-BREAK SPACE}", " ")
    )
