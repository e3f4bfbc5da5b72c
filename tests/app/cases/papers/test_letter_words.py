"""The words of a letter: the same on paper, as text and in a DOCX."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from docx import Document

from app.cases.papers import sheets
from app.cases.papers.wording import plain_text, word_file
from app.cases.papers.wording.letters import LETTERS
from forms.shapes import own_letters
from tests.app.cases.papers.test_papers import (
    INJECTION,
    LONG_NAME,
    official,
    text_of,
    unspaced,
    values,
)

TITLE = "Documento de ejemplo"


def administrator(**said: Any) -> dict[str, Any]:
    return {
        "holder": official(given_names=LONG_NAME),
        "alternate": official(given_names="Alba Persona", document_number="09876543"),
        "scope": "both",
        "notices_by_email": True,
    } | said


def docx_of(kind: str, **said: Any) -> bytes:
    return word_file.docx_of(sheets.written(kind, values(**said)), TITLE)


def words_of(content: bytes) -> str:
    """Return all text of a DOCX, without spaces."""
    document = Document(io.BytesIO(content))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    return unspaced(" ".join([paragraph.text for paragraph in document.paragraphs] + cells))


def sentences(value: Any) -> list[str]:
    """Return every text in a letter."""
    if isinstance(value, str):
        return [value] if value else []
    inner = value.values() if isinstance(value, dict) else value
    return [text for one in inner for text in sentences(one)]


def test_a_form_offers_every_letter_and_no_other():
    assert set(own_letters.LETTERS) == set(LETTERS)


@pytest.mark.parametrize("purpose", ["onboarding", "redesignation", "upkeep"])
@pytest.mark.parametrize("kind", LETTERS)
def test_each_sentence_is_on_paper_in_the_text_and_in_the_docx(kind: str, purpose: str):
    said = {"purpose": purpose, "administrator": administrator()}
    letter = sheets.written(kind, values(**said))
    paper, text = unspaced(text_of(kind, **said)), unspaced(plain_text.text_of(letter))
    written = words_of(docx_of(kind, **said))
    found = [unspaced(one) for one in sentences(letter["words"])]
    assert len(found) > 15
    for each in (paper, written):
        assert [one for one in found if one not in each] == []
    # In the text, each row of the table is a line that begins with its first cell.
    assert {one for one in found if one not in text} <= {letter["words"]["table"]["head"][0]}


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_is_made_of_what_there_is_even_of_nothing(kind: str):
    letter = sheets.written(kind, {})
    assert "[lugar], [fecha]" in plain_text.text_of(letter)
    assert "—" in words_of(word_file.docx_of(letter, TITLE))


def test_a_number_a_date_and_the_name_of_the_year_take_their_places():
    said = {"number": "0123-2026", "dated_on": date(2026, 11, 24), "year_name": "Año de Ejemplo"}
    text = plain_text.text_of(sheets.written("oficio_designacion", values(**said)))
    written, paper = docx_of("oficio_designacion", **said), text_of("oficio_designacion", **said)
    for one in ("Oficio N.º 0123-2026", "Lima, 24 de noviembre de 2026", "Año de Ejemplo"):
        assert one in text
        assert unspaced(one) in words_of(written)
        assert unspaced(one) in unspaced(paper)


def test_typed_values_are_text_and_never_markup():
    person = official(given_names=f"<w:p>{INJECTION}\x00\u202e", post="a\tb")
    said: dict[str, Any] = {"administrator": administrator(holder=person)}
    assert unspaced(f"<w:p>{INJECTION}") in words_of(docx_of("oficio_designacion", **said))
    assert INJECTION in plain_text.text_of(sheets.written("oficio_designacion", values(**said)))


def test_a_docx_has_a_table_with_a_header_a_language_and_no_person_in_its_properties():
    document = Document(io.BytesIO(docx_of("oficio_designacion", administrator=administrator())))
    table, about = document.tables[0], document.core_properties
    assert [len(row.cells) for row in table.rows] == [4, 4, 4]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert "w:tblHeader" not in table.rows[1]._tr.xml
    assert about.language == "es-PE"
    assert about.title.startswith(TITLE)
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert 'w:lang w:val="es-PE"' in document.styles.element.xml
    assert document.styles["List Number"] in [one.style for one in document.paragraphs]


def test_a_docx_has_the_same_bytes_at_any_time_and_no_picture(monkeypatch: pytest.MonkeyPatch):
    first = docx_of("carta_presentacion")
    monkeypatch.setattr("time.localtime", lambda *at: (2031, 5, 6, 7, 8, 10, 1, 126, 0))
    assert docx_of("carta_presentacion") == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {word_file.EPOCH}
        assert [name for name in archive.namelist() if "media" in name] == []
