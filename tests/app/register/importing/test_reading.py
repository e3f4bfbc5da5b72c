"""Files of past visits: those that are read, and those that are refused."""

from __future__ import annotations

import tracemalloc
from datetime import date, time
from pathlib import Path

import pytest

from app.base.models import Entity
from app.register import importing
from app.register.importing.reading import Line
from tests.app.register.importing import past_files
from tests.app.register.importing.past_files import HEADINGS, NAME, ROW, official, row, table
from tests.app.register.importing.test_judging import judge
from tests.foreign_files import xls


def test_the_official_export_is_known_by_itself():
    content = official([row(), row(Fecha_de_Visita=date(2025, 2, 6), Hora_Ingreso=time(9, 15))])
    export = importing.read_export(content, "Reporte.xlsx")
    assert export.official
    lines = list(export.lines())
    assert [line.number for line in lines] == [3, 4]
    assert lines[1].cells["visit_on"] == date(2025, 2, 6)
    assert lines[1].cells["entry"] == time(9, 15)
    assert (export.unknown, len(export.columns)) == ([], 12)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_the_12_columns_are_read_as_csv(encoding: str):
    for delimiter in ",;\t":
        content = table([ROW], delimiter=delimiter, encoding=encoding)
        export = importing.read_export(content, "visitas.csv")
        assert not export.official
        [line] = export.lines()
        assert line.cells["official"] == "ROJAS EJEMPLO JORGE - LOGÍSTICA - JEFE"
        assert line.cells["motive"] == ROW["Motivo"]


def test_a_workbook_of_excel_97_is_read():
    lines = (HEADINGS, [ROW[name] for name in HEADINGS])
    cells = {(r, c): str(text) for r, line in enumerate(lines) for c, text in enumerate(line)}
    [line] = importing.read_export(xls(cells), "visitas.xls").lines()
    assert line.cells["visit_on"] == ROW["Fecha de Visita"]
    assert judge().judge(line).visit is not None


def test_the_visits_of_an_export_are_counted():
    rows = [
        row(Fecha_de_Registro="07/02/2025", Observación="Registro extemporáneo"),
        row(Hora_Salida="", Fecha_de_Visita="03/02/2025"),
        row(Visitante=""),
        row(Entidad_visitada="MINISTERIO DE SALUD"),
    ]
    entity = Entity(name=NAME, acronym="", ruc="")
    found = importing.summary(importing.read_export(official(rows), "a.xlsx"), entity)
    assert (found.visits, found.complete, found.late_observed) == (2, 1, 1)
    assert (found.refused, found.of_others, found.earlier) == (1, 1, 0)
    assert (found.first_on, found.last_on) == (date(2025, 2, 3), date(2025, 2, 5))


def test_an_export_counts_from_a_day_on():
    rows = [
        row(),
        row(Fecha_de_Visita="03/02/2015", Fecha_de_Registro="03/02/2015"),
        row(Fecha_de_Visita="04/02/2025", Fecha_de_Registro="05/02/2025"),
    ]
    entity = Entity(name=NAME, acronym="", ruc="")
    found = importing.summary(
        importing.read_export(official(rows), "a.xlsx"), entity, date(2025, 2, 5)
    )
    assert (found.visits, found.earlier, found.refused, found.of_others) == (2, 1, 0, 0)
    assert found.first_on == date(2025, 2, 4), "what was recorded since then, of the day before"


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "vacío"),
        (OLD, "a.xls", "No pudimos leer"),
        (OLD, "a.xlsx", "No pudimos leer"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "contraseña"),
        (b"<html><table><tr><td>Fecha</td></tr></table></html>", "a.xls", "página web"),
        (b"%PDF-1.7 ...", "a.pdf", ".xlsx o .csv"),
        (b"\x89PNG\0\0", "a.csv", ".xlsx o .csv"),
        (b"PK\x03\x04 broken", "a.xlsx", ".xlsx o .csv"),
        (b"uno\n1\n", "a.csv", "encabezados"),
        (b"Fecha de Registro,Visitante,Motivo\n", "a.csv", "«Fecha de Visita»"),
        (b"Fecha de Visita,Motivo,Observacion\n", "a.csv", "«Visitante»"),
        (b"x" * (30 * 1024 * 1024 + 1), "a.csv", "30 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_how_to_mend_it(content, name, words):
    with pytest.raises(importing.Unreadable) as refused:
        importing.read_export(content, name)
    assert words in str(refused.value)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "make",
    [past_files.zeros, past_files.entities, past_files.long_tag],
    ids=lambda make: make.__name__,
)
def test_a_bomb_is_refused_and_does_not_fill_the_memory(make):
    content = make()
    assert len(content) < 30 * 1024 * 1024
    tracemalloc.start()
    with pytest.raises(importing.Unreadable):
        for _line in importing.read_export(content, "a.xlsx").lines():
            pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024


@pytest.mark.nightly
def test_a_workbook_of_two_million_rows_is_refused():
    with pytest.raises(importing.Unreadable) as refused:
        importing.read_export(past_files.two_million_rows(), "a.xlsx")
    assert "200 000 filas" in str(refused.value)


def test_a_cell_in_the_farthest_corner_allocates_no_memory():
    # A library that allocates all cells up to the last one needs 400 GB here.
    export = importing.read_export(past_files.far_corner(), "a.xlsx")
    assert list(export.lines()) == []


def test_a_sheet_is_read_with_prefixes_and_without_places():
    sheet = past_files.SHEET.format(
        past_files.FIRST + "<row><c><v>45693</v></c><c t='str'><v>QUISPE _x0041_NA</v></c></row>"
    )
    prefixed = sheet.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    for text in (sheet, prefixed):
        [line] = importing.read_export(past_files.workbook(text), "a.xlsx").lines()
        assert line == Line(2, {"visit_on": 45693, "visitor": "QUISPE ANA"})


def test_headings_may_be_further_down_and_lines_may_be_empty():
    content = (
        b"Mi municipalidad\n\nFecha de Visita;Visitante;Motivo\n\n05/02/2025;QUISPE ANA;Otros\n;;\n"
    )
    export = importing.read_export(content, "a.csv")
    assert (export.headings_row, export.official) == (3, False)
    other = content.replace(b"Fecha de", b"Dia de")
    assert importing.read_export(other, "a.csv", export.columns).headings_row == 3
    assert [line.number for line in export.lines()] == [5]


@pytest.mark.nightly
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_text_that_is_too_long_is_refused_before_a_row_is_judged(encoding: str):
    text = "Fecha de Visita;Visitante;Motivo\n" + "05/02/2025;QUISPE ANA;Otros\n" * 200_001
    with pytest.raises(importing.Unreadable) as refused:
        list(importing.read_export(text.encode(encoding), "a.csv").lines())
    assert "200 000 filas" in str(refused.value)


@pytest.mark.nightly
def test_a_text_of_200_000_rows_is_read_without_its_empty_lines():
    content = b"Fecha de Visita;Visitante;Motivo\n" + b"05/02/2025;QUISPE ANA;Otros\n;;\n" * 200_000
    lines = importing.read_export(content, "a.csv").lines()
    assert next(lines).number == 2


def test_real_visits_of_nine_entities_are_imported_completely():
    """Persons and numbers in the sample are replaced; the rest is as it was published."""
    content = (Path(__file__).parent / "past" / "visits_sample.csv").read_bytes()
    columns = (
        "entity_ruc entity visit_on visitor document visitor_entity motive official unit post "
        "place entry exit".split()
    )
    chosen = {cell: place for place, cell in enumerate(columns)}
    export = importing.read_export(content, "visits_sample.csv", chosen)
    bodies = {(line.cells.get("entity_ruc", ""), line.cells["entity"]) for line in export.lines()}
    taken = remarks = 0
    for ruc, name in bodies:
        judging = judge(name=name, acronym="", ruc=ruc)
        found = [judging.judge(line) for line in export.lines()]
        taken += sum(one.visit is not None for one in found)
        remarks += sum("no_exit" in one.codes for one in found)
    assert (len(bodies), taken, remarks) == (9, 140, 44)


QUOTED = "Fecha de Visita,Visitante,Documento del visitante,Motivo\n"
FIRST = "05/02/2025,ROJAS INVENTADA ANA,DNI 00000501,Otros\n"


@pytest.mark.parametrize(
    "rows",
    [
        '05/02/2025,"QUISPE INVENTADA ANA,DNI 00000502,Otros\n' + FIRST,
        '05/02/2025,"QUISPE ANA,DNI 00000502,Otros\n05/02/2025,ROJAS LUIS",DNI 00000503,Otros\n',
        '05/02/2025,QUISPE ANA,DNI 00000502,"Otros\n"05/02/2025",ROJAS LUIS,DNI 00000503,Otros\n',
        '05/02/2025,QUISPE ANA,DNI 00000502,"Otros\n05/02/2025,ROJAS LUIS",DNI 00000503,Otros\n',
        '05/02/2025,"QUISPE "ANA" INVENTADA",DNI 00000502,Otros\n',
    ],
)
def test_a_broken_quote_refuses_the_file_with_its_line(rows):
    with pytest.raises(importing.Unreadable) as refused:
        list(importing.read_export((QUOTED + FIRST + rows).encode(), "a.csv").lines())
    assert "desde la línea 3: revisa las comillas" in str(refused.value)


def test_a_text_of_several_lines_is_one_text():
    content = table([row(Motivo="Otros - Lectura,\nsin más"), row()])
    first, second = importing.read_export(content, "a.csv").lines()
    assert first.cells["motive"] == "Otros - Lectura,\nsin más"
    assert second.cells["visitor"] == "QUISPE INVENTADA ANA"


def test_headings_may_have_several_lines():
    content = b'Mi municipalidad\n"Fecha de\nVisita",Visitante,Motivo\n05/02/2025,ROJAS ANA,Otros\n'
    [line] = importing.read_export(content, "a.csv").lines()
    assert line.cells["visitor"] == "ROJAS ANA"
