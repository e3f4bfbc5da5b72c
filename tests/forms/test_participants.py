"""Participants' lists of Teams, Zoom and Meet: who is on them, whatever wrote them."""

from __future__ import annotations

import codecs
import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from forms.shapes import participants
from forms.shapes.participants import Participants, Unreadable
from tests.foreign_files import BOMBS
from tests.forms import participants_lists as lists

ANA, LUIS = ("Ana Quispe Ejemplo", "ana@muni.example.pe"), ("Luis Ñahui Peña", "")
SPLIT = [("Ana", "Quispe Ejemplo", ANA[1]), ("Luis", "Ñahui Peña", "")]


def in_utf_16(content: bytes, mark: bytes, encoding: str) -> bytes:
    """Return a list as some programs store it again: with tabs, in UTF-16."""
    text = content.decode("utf-8-sig").replace('"', "").replace(",", "\t")
    return mark + text.encode(encoding)


def read(content: bytes, name: str = "lista.csv") -> Participants:
    return participants.read(name, io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "with_email"),
    [
        (lists.teams([ANA, LUIS]), True),
        (lists.teams_in_spanish([ANA, LUIS]), True),
        (lists.old_teams([ANA, LUIS]), False),
        (lists.zoom([ANA, LUIS]), True),
        (lists.zoom_in_spanish([ANA, LUIS]), True),
        (lists.meet(SPLIT), True),
        (lists.meet_in_spanish(SPLIT), True),
        ("Nombre\nAna Quispe Ejemplo\nLuis Ñahui Peña\n".encode(), False),
        (in_utf_16(lists.zoom([ANA, LUIS]), codecs.BOM_UTF16_BE, "utf-16-be"), True),
        (in_utf_16(lists.meet(SPLIT), codecs.BOM_UTF16_LE, "utf-16-le"), True),
    ],
    ids=[
        "teams",
        "teams es",
        "old teams",
        "zoom",
        "zoom es",
        "meet",
        "meet es",
        "names alone",
        "zoom, tabs in UTF-16 BE",
        "meet, tabs in UTF-16 LE",
    ],
)
def test_everybody_on_a_list_is_read_once(content: bytes, with_email: bool):
    found = [(one.name, one.email) for one in read(content).people]
    assert found == [(ANA[0], ANA[1] if with_email else ""), (LUIS[0], "")]


def test_who_stayed_in_the_waiting_room_did_not_attend():
    found = read(lists.zoom([ANA, LUIS], waiting=[LUIS[0]]))
    assert [one.name for one in found.people] == [ANA[0]]


def test_a_list_names_its_day_in_one_of_two_orders_or_can_be_of_any():
    for listed in (read(lists.teams([ANA])), read(lists.zoom([ANA]))):
        for day, is_of in [
            (date(2026, 3, 9), True),
            (date(2026, 9, 3), True),
            (date(2026, 3, 8), True),
            (date(2026, 3, 16), False),
            (date(2026, 9, 16), False),
        ]:
            assert listed.is_of(day) is is_of
    assert read(lists.meet(SPLIT)).is_of(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"a,b\n1,2\n", "x.csv", "columna con los nombres"),
        (lists.teams([]), "x.csv", "no tiene a nadie"),
        (b"", "x.csv", "está vacío"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "x.csv", "No pudimos leer el archivo"),
        (
            ("Name,Email\n" + "Ana Persona,a@example.pe\n" * 100_000).encode(),
            "x.csv",
            "5 000 filas",
        ),
        (b"x" * (5 * 2**20 + 1), "x.csv", "más de 5 MB"),
    ],
    ids=["no columns", "nobody", "empty", "picture", "100,000 rows", "6 MB"],
)
def test_what_is_no_list_is_refused(content: bytes, name: str, words: str):
    with pytest.raises(Unreadable) as refused:
        read(content, name)
    assert words in str(refused.value).replace("\xa0", " ")


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["espacios.ods", "filas.ods", "risas.xlsx", "compartidos.xlsx"])
def test_a_bomb_is_refused(name: str):
    with pytest.raises(Unreadable):
        read(BOMBS[name](), name)


def test_a_formula_is_a_text_or_its_value():
    formula = '=HYPERLINK("https://example.invalid","Ana")'
    content = f"Name,Email\n'{formula.replace(',', ';')},\n".encode()
    (one,) = read(content).people
    assert "HYPERLINK" in one.name
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Email"])
        sheet.write_formula(1, 0, formula, None, ANA[0])
    (one,) = read(target.getvalue(), "lista.xlsx").people
    assert one.name == ANA[0]


def test_days_of_cells_that_are_dates_count_too():
    rows: Any = [(1, ["Name", "Time joined"]), (2, ["Ana Persona", date(2026, 3, 9)])]
    assert participants.of_rows(rows).days == {date(2026, 3, 9)}


def test_rows_of_one_name_without_an_address_are_counted():
    rows = {one.name: one.rows for one in read(lists.zoom([ANA, ANA, LUIS, LUIS, LUIS])).people}
    assert rows == {ANA[0]: 1, LUIS[0]: 3}
    left = read(lists.old_teams([LUIS]))
    assert [one.rows for one in left.people] == [1]
