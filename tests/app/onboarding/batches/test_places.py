"""Places in RENIEC's coding and by their names, as codes of the INEI."""

from __future__ import annotations

import csv

import pytest

from app.onboarding.batches.kind import Refused
from app.onboarding.batches.kinds.elected import places
from forms.fields import identifiers


@pytest.mark.parametrize(
    ("ubigeo", "names", "length", "code"),
    [
        ("240101", ("CALLAO", "CALLAO", "CALLAO"), 6, "070101"),
        ("240000", ("CALLAO", "", ""), 2, "07"),
        ("070100", ("CUSCO", "CUSCO", ""), 4, "0801"),
        ("70101", ("", "", ""), 4, "0801"),
        ("70101.0", ("", "", ""), 6, "080101"),
        ("14", ("LIMA", "", ""), 2, "15"),
        ("100301", ("ICA", "NAZCA", "NAZCA"), 6, "110301"),
        ("150107", ("", "", ""), 6, "160801"),
        ("150101", ("", "", ""), 4, "1601"),
        # Without a code, and with one that is newer than the table.
        ("", ("Piura", "Piura", "Veintiséis de Octubre"), 6, "200115"),
        ("129999", ("LA LIBERTAD", "TRUJILLO", "ALTO TRUJILLO"), 6, "130112"),
        ("", ("ANCASH", "", ""), 2, "02"),
        # A spelling that is not the INEI's does not contradict the code.
        ("140115", ("LIMA", "LIMA", "MIRA FLORES"), 6, "150122"),
    ],
)
def test_a_place_is_found(ubigeo: str, names: tuple[str, ...], length: int, code: str):
    assert places.inei_of(ubigeo, names, length) == code


@pytest.mark.parametrize(
    ("ubigeo", "names", "sentence"),
    [
        ("", ("", "", ""), "Falta el ubigeo"),
        ("14", ("", "", ""), "No conocemos el ubigeo 14"),
        ("14011A", ("", "", ""), "No conocemos el ubigeo 14011A"),
        ("070101", ("CALLAO", "CALLAO", "CALLAO"), "es de Cusco, Cusco, Cusco, y la fila dice"),
        # Two districts of the catalogue have this name.
        ("", ("HUANCAVELICA", "TAYACAJA", "HUARIBAMBA"), "Falta el ubigeo"),
    ],
)
def test_a_place_that_is_not_found_is_refused(ubigeo: str, names: tuple[str, ...], sentence: str):
    with pytest.raises(Refused, match=sentence):
        places.inei_of(ubigeo, names, 6)


def test_every_code_of_the_table_is_a_district_and_each_district_has_one_code_at_most():
    with places.CODES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["inei"] for row in rows} <= set(identifiers.places())
    assert len({row["inei"] for row in rows}) == len({row["reniec"] for row in rows}) == len(rows)
    assert len(rows) == 1839
