"""The rows of a list of proclaimed authorities: names, posts and periods as they are read."""

from __future__ import annotations

import pytest

from app.onboarding.batches import table
from app.onboarding.batches.kind import Refused
from app.onboarding.batches.kinds.elected import proclaimed_rows as rows
from app.onboarding.batches.kinds.elected.proclaimed import PROCLAIMED
from tests.app.onboarding.batches.proclaimed_lists import HEADINGS, listed, row
from tests.foreign_files import xls

CELLS = {
    "given_names": "ROSA PERSONA",
    "first_surname": "DE LA CRUZ",
    "second_surname": "D'ANGELO-EJEMPLO",
    "post": "ALCALDESA DISTRITAL",
    "from_on": "01/01/2027",
    "to_on": "31/12/2030",
}
PERIOD = {"from_on": "2027-01-01", "to_on": "2030-12-31"}


def test_names_in_capitals_become_readable():
    assert rows.read(CELLS) == PERIOD | {
        "given_names": "Rosa Persona",
        "surnames": "De la Cruz D'Angelo-Ejemplo",
        "post": "Alcaldesa distrital",
    }
    as_written = rows.read(CELLS | {"first_surname": "de la Cruz", "second_surname": ""})
    assert as_written["surnames"] == "de la Cruz"


@pytest.mark.parametrize(
    "first", ["2027-01-01", "2027-01-01 00:00:00", "01/01/2027 00:00", "1/1/27"]
)
def test_a_day_is_read_without_its_time(first: str):
    assert rows.read(CELLS | {"from_on": first})["from_on"] == "2027-01-01"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"given_names": ""}, "Faltan los nombres"),
        ({"given_names": "R0SA"}, "No se entienden los nombres"),
        ({"first_surname": "", "second_surname": ""}, "Faltan los apellidos"),
        ({"first_surname": "Q" * 101}, "No se entienden los apellidos"),
        ({"from_on": ""}, "Falta el primer día"),
        ({"to_on": ""}, "Falta el último día"),
        ({"from_on": "31/02/2027"}, "No se entiende el primer día del periodo: 31/02/2027"),
        ({"to_on": "en 2030"}, "No se entiende el último día"),
        ({"from_on": "31/12/2030", "to_on": "01/01/2027"}, "termina antes de empezar"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(changed: dict[str, str], sentence: str):
    with pytest.raises(Refused, match=sentence):
        rows.read(CELLS | changed)


@pytest.mark.parametrize(
    ("post", "word"),
    [
        ("GOBERNADOR REGIONAL", ""),
        ("Gobernadora Regional", ""),
        ("ALCALDE PROVINCIAL", ""),
        ("Alcalde metropolitano de Lima", ""),
        ("ALCALDESA DISTRITAL", ""),
        ("", ""),
        ("VICEGOBERNADOR REGIONAL", "vicegobernador regional"),
        ("REGIDORA  PROVINCIAL", "regidora provincial"),
        ("Consejero Regional", "consejero regional"),
    ],
)
def test_posts_that_head_no_entity_are_passed_over(post: str, word: str):
    assert rows.passes_over({"post": post}) == word


def test_the_day_of_a_list_is_that_of_most_rows():
    days = ["2027-01-01", "2026-07-01", "2027-01-01"]
    assert rows.period_of([{"from_on": day} for day in days]) == {"begins_on": "2027-01-01"}
    assert rows.period_of([]) == {}


def test_a_list_of_excel_97_2003_is_read_as_the_same_list_in_text():
    lines = [list(HEADINGS), row(), row(given="LUIS PERSONA")]
    cells = {(y, x): str(text) for y, line in enumerate(lines) for x, text in enumerate(line)}
    read = table.read(PROCLAIMED, xls(cells), "lista.xls")
    assert len(read.lines) == 2
    assert read == table.read(PROCLAIMED, listed(*lines[1:]), "lista.csv")
