"""The words of a letter: the same on paper and as text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.cases.papers import sheets
from app.cases.papers.wording import plain_text
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


def administrator(**said: Any) -> dict[str, Any]:
    return {
        "holder": official(given_names=LONG_NAME),
        "alternate": official(given_names="Alba Persona", document_number="09876543"),
        "scope": "both",
        "notices_by_email": True,
    } | said


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
def test_each_sentence_is_on_paper_and_in_the_text(kind: str, purpose: str):
    said = {"purpose": purpose, "administrator": administrator()}
    letter = sheets.written(kind, values(**said))
    paper, text = unspaced(text_of(kind, **said)), unspaced(plain_text.text_of(letter))
    found = [unspaced(one) for one in sentences(letter["words"])]
    assert len(found) > 15
    assert [one for one in found if one not in paper] == []
    # In the text, each row of the table is a line that begins with its first cell.
    assert {one for one in found if one not in text} <= {letter["words"]["table"]["head"][0]}


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_is_made_of_what_there_is_even_of_nothing(kind: str):
    assert "[lugar], [fecha]" in plain_text.text_of(sheets.written(kind, {}))


def test_a_number_a_date_and_the_name_of_the_year_take_their_places():
    said = {"number": "0123-2026", "dated_on": date(2026, 11, 24), "year_name": "Año de Ejemplo"}
    text = plain_text.text_of(sheets.written("oficio_designacion", values(**said)))
    paper = text_of("oficio_designacion", **said)
    for one in ("Oficio N.º 0123-2026", "Lima, 24 de noviembre de 2026", "Año de Ejemplo"):
        assert one in text
        assert unspaced(one) in unspaced(paper)


def test_typed_values_are_text_and_never_markup():
    person = official(given_names=f"{INJECTION}\x00\u202e", post="a\tb")
    said: dict[str, Any] = {"administrator": administrator(holder=person)}
    assert INJECTION in plain_text.text_of(sheets.written("oficio_designacion", values(**said)))
