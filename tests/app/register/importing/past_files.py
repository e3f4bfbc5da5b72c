"""Files of past visits, as entities have them, and hostile ones."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any

import xlsxwriter

from app.register.facts.shapes import OFFICIAL

HEADINGS = tuple(column.name for column in OFFICIAL)
TITLE = "REGISTRO DE VISITAS EN LÍNEA"
NAME = "Municipalidad Distrital de Ejemplo 1"

#: A valid row of the official platform's export, by its headings.
ROW: Mapping[str, Any] = {
    "Fecha de Registro": "05/02/2025",
    "Fecha de Visita": "05/02/2025",
    "Entidad visitada": NAME.upper(),
    "Visitante": "QUISPE INVENTADA ANA",
    "Documento del visitante": "DNI 00000501",
    "Entidad del visitante": "Entidad privada - EMPRESA INVENTADA S.A.C.",
    "Funcionario visitado": "ROJAS EJEMPLO JORGE - LOGÍSTICA - JEFE",
    "Hora Ingreso": "09:15",
    "Hora Salida": "10:05",
    "Motivo": "Reunión de trabajo - Coordinación de un convenio",
    "Lugar específico": "Oficina 201",
    "Observación": "",
}


def row(**changed: Any) -> dict[str, Any]:
    """Return the row with some cells changed: `row(Motivo="…", Hora_Salida="")`."""
    return {**ROW, **{name.replace("_", " "): value for name, value in changed.items()}}


def official(rows: Iterable[Mapping[str, Any]], title: str = TITLE) -> bytes:
    """Return the official platform's export: title, headings, rows. Dates and hours as Excel's
    own."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Visitas")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "hh:mm:ss"})
        sheet.write(0, 0, title)
        sheet.write_row(1, 0, HEADINGS)
        for number, cells in enumerate(rows, 2):
            for column, heading in enumerate(HEADINGS):
                value = cells.get(heading, "")
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, time):
                    sheet.write_datetime(number, column, value, hour)
                elif value != "":
                    sheet.write(number, column, value)
    return target.getvalue()


def table(
    rows: Iterable[Mapping[str, Any]],
    headings: Sequence[str] = HEADINGS,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    """Return the columns as CSV."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerow(headings)
    writer.writerows([cells.get(heading, "") for heading in headings] for cells in rows)
    return target.getvalue().encode(encoding)


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="' + OFFICE + '/{}" Target="{}"/></Relationships>'
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def workbook(sheet: str | bytes) -> bytes:
    """Return a workbook around the XML of one sheet."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATED.format("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr(
            "xl/_rels/workbook.xml.rels", RELATED.format("worksheet", "worksheets/sheet1.xml")
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return target.getvalue()


def cell(place: str, text: str) -> str:
    """Return a cell of a sheet with a text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


#: Headings in the first row of a sheet, as XML.
FIRST = (
    f'<row r="1">{cell("A1", "Fecha de Visita")}{cell("B1", "Visitante")}'
    f"{cell('C1', 'Motivo')}</row>"
)


def zeros() -> bytes:
    """Return a workbook of half a megabyte that unpacks to half a gigabyte."""
    return workbook(b"0" * (512 * 1024 * 1024))


def two_million_rows() -> bytes:
    """Return a workbook with ten times the rows that are read."""
    again = "".join(f"<row>{cell('A2', 'x')}</row>" for _ in range(1000))
    return workbook(SHEET.format(FIRST + again * 2000))


def far_corner() -> bytes:
    """Return two cells, at the two ends of the largest possible sheet."""
    return workbook(
        SHEET.format(f'{FIRST}<row r="1048576">{cell("XFD1048576", "x")}</row>'),
    )


def entities() -> bytes:
    """Return entities within entities: a billion laughs."""
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    doctype = f'<!DOCTYPE worksheet [<!ENTITY e0 "risa">{"".join(names)}]>'
    return workbook(doctype + SHEET.format(f'<row r="1">{cell("A1", "&e9;")}</row>'))


def long_tag() -> bytes:
    """Return a tag that does not end for fifty megabytes."""
    return workbook(SHEET.format(f'<row r="1" x="{"0" * (50 * 1024 * 1024)}">'))
