"""The import of past visits: the dry run, the import, once and whole; and who may read the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import FileUse, LogEntry, NoVisitDay, PastImport, Visit, VisitVersion
from tests.app.posted import refused
from tests.app.register.importing import past_files
from tests.app.register.importing.past_files import HEADINGS, official, row, table
from tests.app.register.importing.past_imports import (
    FOUR,
    PATH,
    amount,
    checked,
    imported,
    named,
    upload,
    visits,
)
from tests.app.visited import CODE, Visited, lima


def test_a_dry_run_lists_each_row_changes_nothing_and_says_nothing_of_visitors(visited: Visited):
    address = checked(visited, table(FOUR))
    page = visited.browser("administrator").get(address).text
    assert "Importar 3\N{NO-BREAK SPACE}visitas" in page
    assert "Sin hora de salida: queda como salida no registrada." in page
    assert "No dice quién vino." in page
    assert amount(visited, Visit) == 0
    with visited.browser("administrator").get(f"{address}/informe.csv") as report:
        text = report.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [line[0] for line in rows[1:]] == ["2", "3", "4", "5"]
    assert [line[1] for line in rows[1:]] == [
        "Se importa",
        "Se importa con una nota",
        "No se importa",
        "Se importa",
    ]
    assert "INVENTAD" not in text
    assert "00000501" not in text
    assert re.fullmatch(rf"{PATH}/\d+", address)
    assert f"informe-{address.rpartition('/')[2]}.csv" in report.headers["Content-Disposition"]
    ids = visited.all(select(FileUse.id))
    assert len(ids) == 2
    for name in ("administrator", "preparer", "sgtd", "auditor"):
        browser = visited.browser(name)
        assert [browser.get(f"/archivos/{one}").status_code for one in ids] == [404, 404]
    assert "Visitas pasadas" not in visited.browser("sgtd").get(f"/entidades/{CODE}/archivos").text


def test_a_confirmed_file_is_in_the_register_public_and_logged_without_names(visited: Visited):
    page = imported(visited, official(FOUR), "Reporte.xlsx")
    assert "Importamos 3\N{NO-BREAK SPACE}visitas." in page
    found = visits(visited)
    assert len(found) == 3
    first = found[0]
    assert (first.audience, first.state, first.exit_state) == ("public", "standing", "left")
    assert first.source == "official_platform"
    assert first.entry_at == lima("2025-02-05 09:15")
    assert first.recorded_at == lima("2025-02-05 00:00")
    assert first.changed_at == calendar.now()
    assert first.norm_version == "DS 120-2019-PCM"
    assert first.official_name == "ROJAS EJEMPLO JORGE"
    assert first.visitor_key
    official_id = visited.read(visited.official, "Rojas")
    versions = visited.all(select(VisitVersion))
    assert {version.act for version in versions} == {"import"}
    assert first.official_id == official_id
    assert {visit.exit_state for visit in found} == {"left", "unknown"}
    [entry] = visited.all(select(LogEntry).where(LogEntry.kind == "register.past_imported"))
    assert entry.data["visits"] == 3
    assert entry.data["refused"] == 1
    assert "INVENTAD" not in str(entry.data)
    history = visited.browser("administrator").get(f"/entidades/{CODE}/historial").text
    assert "Se importaron 3\N{NO-BREAK SPACE}visitas pasadas" in history


@pytest.mark.nightly
def test_rows_of_another_entity_are_refused_one_by_one(visited: Visited):
    imported(visited, table([row(), row(Entidad_visitada="MINISTERIO DE SALUD")]))
    assert len(visits(visited)) == 1


@pytest.mark.nightly
def test_a_file_that_is_no_export_of_the_entity_is_refused_whole(
    visited: Visited, subtests: pytest.Subtests
):
    other = [row(Entidad_visitada="MINISTERIO DE SALUD"), row(Entidad_visitada="OSCE")]
    for content, words in (
        (table(other), "El archivo es de otra entidad"),
        (past_files.far_corner(), "ninguna fila"),
        (table([]), "ninguna fila"),
        (table([row()], HEADINGS[2:]), "Elige la columna que dice qué día fue la visita."),
        (b"DIA,PERSONA\n05/02/2025,ANA\n", "Elige la columna que dice quién vino."),
    ):
        with subtests.test(words):
            answer = named(visited, content, "visitas" if content[:2] == b"PK" else "visitas.csv")
            assert words in " ".join(refused(answer).values())
    before = amount(visited, PastImport), amount(visited, FileUse)
    for content, name, words in (
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "visitas.xlsx", "Guardar como"),
        (past_files.entities(), "visitas.xlsx", "No pudimos leer"),
    ):
        with subtests.test(words):
            assert words in refused(upload(visited, content, name))["file"]
    assert (amount(visited, PastImport), amount(visited, FileUse)) == before


def test_a_file_of_200_megabytes_is_refused_clearly(visited: Visited):
    data = {"file": (io.BytesIO(b"x"), "visitas.csv"), "source": "own_system"}
    answer = visited.browser("administrator").post(
        PATH, data=data, environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)}
    )
    assert answer.status_code == 413
    assert "hasta 30 MB" in answer.text


@pytest.mark.nightly
def test_a_file_of_14_megabytes_is_taken_here_and_nowhere_else(visited: Visited):
    aside = [*HEADINGS, "Sin uso"]
    rows = [row(Hora_Ingreso=f"09:{n % 60:02}") | {"Sin uso": "x" * 4500} for n in range(3200)]
    content = table(rows, aside)
    assert len(content) > 14_000_000
    assert upload(visited, content).status_code == 303
    elsewhere = f"/registro/{CODE}/produccion/ajustes"
    assert upload(visited, content, path=elsewhere).status_code == 413


def test_a_demo_takes_no_past_visits(visited: Visited):
    browser = visited.browser("administrator")
    assert browser.get(f"/registro/{CODE}/demo/importar").status_code == 404
    assert "Importar visitas" not in browser.get(f"/registro/{CODE}/demo/visitas").text
    assert "Importar visitas" in browser.get(f"/registro/{CODE}/produccion/visitas").text


@pytest.mark.nightly
def test_earlier_files_are_listed(visited: Visited):
    address = checked(visited, table(FOUR[:1]))
    imported(visited, table(FOUR))
    page = visited.browser("administrator").get(PATH).text
    assert address in page
    assert "Sin importar" in page
    assert "Importado el 2 de marzo de 2026, 08:00" in page


@pytest.mark.nightly
def test_an_imported_visit_withdraws_the_declaration_of_its_day(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        for day in (date(2025, 2, 5), date(2025, 2, 6)):
            session.add(
                NoVisitDay(register_id=register.id, on=day, declared_at=calendar.now(), reason="")
            )
    imported(visited, table([row()]))
    standing = select(NoVisitDay.on).where(NoVisitDay.withdrawn_at.is_(None))
    assert visited.all(standing) == [date(2025, 2, 6)]


@pytest.mark.nightly
def test_a_site_of_the_register_is_known_in_the_place(visited: Visited):
    imported(visited, table([row(Lugar_específico="Sede central - Oficina 201")]))
    [visit] = visits(visited)
    assert (visit.site, visit.place) == ("Sede central", "Oficina 201")


@pytest.mark.nightly
def test_an_official_who_is_not_known_or_left_stays_a_text(visited: Visited):
    imported(
        visited,
        table(
            [
                row(Funcionario_visitado="ZEGARRA FICTICIO PÍO - OBRAS - JEFE"),
                row(Fecha_de_Visita="05/02/2024", Fecha_de_Registro="05/02/2024"),
            ]
        ),
    )
    assert [visit.official_id for visit in visits(visited)] == [None, None]
