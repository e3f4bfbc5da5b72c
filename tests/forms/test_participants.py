"""Tables of who came: participants' lists of Teams, Zoom and Meet, names, or documents."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from forms.shapes import participants
from forms.shapes.participants import Participant, Unreadable, of_lines
from tests.foreign_files import BOMBS
from tests.forms import participants_lists as lists

ANA, LUIS = ("Ana Quispe Ejemplo", "ana@muni.example.pe"), ("Luis Ñahui Peña", "")


def read(content: bytes, name: str = "lista.csv") -> list[Participant]:
    return participants.read(name, io.BytesIO(content))


def test_everybody_in_a_table_is_read_once():
    for content, with_email in [
        (lists.teams([ANA, LUIS]), True),
        (lists.zoom([ANA, LUIS, LUIS]), True),
        (lists.meet([ANA, LUIS]), True),
        (lists.meet([ANA, LUIS], "Nombre,Apellido,Correo electrónico,Duración"), True),
        ("Nombre\nAna Quispe Ejemplo\nLuis Ñahui Peña\n".encode(), False),
    ]:
        found = [(one.name, one.email) for one in read(content)]
        assert found == [(ANA[0], ANA[1] if with_email else ""), (LUIS[0], "")]


def test_a_document_is_read_with_the_zeros_that_a_spreadsheet_takes():
    content = b"Documento;Sede\nDNI 00000202;Lima\n203;\nCE AB-12345;\nninguno;\n"
    assert [one.document for one in read(content)] == ["00000202", "00000203", "AB12345"]


def test_a_pasted_line_has_a_name_an_address_a_document_in_any_order():
    lines = ["Nombre\tCorreo", f"{ANA[0]}\t{ANA[1]}\t", "202; Luis Ñahui Peña", "luis@example.pe"]
    found = [(one.name, one.email, one.document) for one in of_lines(list(enumerate(lines, 1)))]
    assert found == [(*ANA, ""), ("Luis Ñahui Peña", "", "00000202"), ("", "luis@example.pe", "")]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"a,b\n1,2\n", "x.csv", "columna con los nombres"),
        (lists.teams([]), "x.csv", "no tiene a nadie"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "x.csv", "No pudimos leer el archivo"),
        (b"Name,Email\n" + b"Ana Persona,a@example.pe\n" * 100_000, "x.csv", "5 000 filas"),
        (b"x" * (5 * 2**20 + 1), "x.csv", "más de 5 MB"),
        *((BOMBS[name](), name, "") for name in ("espacios.ods", "risas.xlsx", "linea.csv")),
    ],
    ids=["no columns", "nobody", "picture", "100,000 rows", "6 MB", "ods", "xml", "endless line"],
)
def test_what_is_no_list_is_refused(content: bytes, name: str, words: str):
    with pytest.raises(Unreadable) as refused:
        read(content, name)
    assert words in str(refused.value).replace("\xa0", " ")


def test_a_formula_is_a_text_or_its_value():
    formula = '=HYPERLINK("https://example.invalid";"Ana")'
    (one,) = read(f"Name,Email\n'{formula},\n".encode())
    assert "HYPERLINK" in one.name
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Email"])
        sheet.write_formula(1, 0, formula, None, ANA[0])
    (one,) = read(target.getvalue(), "lista.xlsx")
    assert one.name == ANA[0]
