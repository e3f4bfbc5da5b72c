"""The attendance sheet: each group on its own page, with blank rows, typed text never markup."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from app.base.models import Entity
from app.cases.papers import attendance_sheets
from forms.shapes.attendance import attendees
from forms.shapes.attendance_sheet import AttendanceSheet, SheetGroup, training_sheet
from forms.shapes.loading import invented_roster

MADE_ON = date(2026, 11, 24)
ENTITY = Entity(
    code="E00275",
    name="Entidad de Ejemplo",
    acronym="",
    level="local",
    kind="municipalidad",
    sector="",
    ruc="",
    address="",
    ubigeo="150101",
    website="",
    phone="",
)


def sheet_of(*, operators: int = 2, others: int = 2) -> AttendanceSheet:
    roster = invented_roster(operators, others)
    roster[0]["surnames"] = '#panic[x] *a* "e"'
    return training_sheet(attendees(roster))


def test_each_group_has_its_page_with_all_names_and_documents():
    content = attendance_sheets.render(ENTITY, sheet_of(), MADE_ON, is_masked=False)
    with pypdfium2.PdfDocument(content) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    assert len(texts) == 2
    for text, title, numbers in (
        (texts[0], "Personal técnico · 3 personas", ("00000201", "00000202", "00000203")),
        (texts[1], "Personal administrativo · 2 personas", ("00000204", "00000205")),
    ):
        assert title in " ".join(text.split())
        assert [number for number in numbers if f"DNI {number}" not in text] == []
        assert "Firma" in text
    assert '#panic[x] *a* "e"' in texts[0]


@pytest.mark.parametrize(("is_masked", "shown"), [(True, "DNI *****202"), (False, "DNI 00000202")])
def test_documents_are_masked_for_users_of_the_pcm(is_masked: bool, shown: str):
    values = attendance_sheets.values(ENTITY, sheet_of(), is_masked=is_masked)
    rows = [row for group in values["groups"] for row in group["people"]]
    assert [row[2] for row in rows if row[2].endswith("202")] == [shown]


def test_a_group_without_people_has_no_sheet():
    groups = attendance_sheets.values(ENTITY, sheet_of(others=0), is_masked=True)["groups"]
    assert [group["title"] for group in groups] == ["Personal técnico"]


def test_each_page_of_a_session_names_its_entity():
    people = attendees(invented_roster(40, 0))
    groups = [
        part
        for name in ("Entidad Una", "Entidad Dos")
        for part in (
            SheetGroup("Administrador y alterno", people[:1], entity=name),
            SheetGroup("Otras personas de la relación", people[1:], True, name),
        )
    ]
    sheet = AttendanceSheet("Inducción temática", groups, "2026-12-01T15:00:00+00:00", "Sala 2")
    names = ["Entidad Una", "Entidad Dos"]
    content = attendance_sheets.render_session(names, sheet, MADE_ON, is_masked=True)
    with pypdfium2.PdfDocument(content) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    named = [[name for name in names if name in text] for text in texts]
    half = len(texts) // 2
    assert half > 1
    assert named == [["Entidad Una"]] * half + [["Entidad Dos"]] * half
    assert "Otras personas de la relación · 40 personas" in " ".join(texts[0].split())
