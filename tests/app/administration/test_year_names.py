"""The official name of a year: entered with its norm, corrected, removed, and in the log."""

from __future__ import annotations

import pytest
from flask import Flask

from app.base.models import YearName
from tests.app import cast
from tests.app.walk import Walk

NAME = {"name": "Año de la Muestra", "norm": "DS 001-2026-PCM"}
ADDRESS = "/calendario/2026/nombre"


def stored(app: Flask) -> list[tuple[int, str, str]]:
    with cast.open_session(app) as session:
        return [(row.year, row.name, row.norm) for row in session.query(YearName)]


@pytest.mark.postgresql
def test_a_name_is_entered_corrected_and_removed(walk: Walk):
    keeper = walk.browser_of(walk.person("40000031", "superuser"))
    assert "no está registrado" in keeper.get("/calendario").text
    for _ in range(2):
        assert keeper.post(ADDRESS, data=NAME).status_code == 303
    assert stored(walk.app) == [(2026, NAME["name"], NAME["norm"])]
    page = keeper.get("/calendario?anio=2026").text
    assert "«Año de la Muestra» (DS 001-2026-PCM)" in page
    assert "El nombre oficial de 2026 es «Año de la Muestra»" in page
    assert 'value="Año de la Muestra"' in keeper.get(ADDRESS).text
    keeper.post(ADDRESS, data=NAME | {"name": "", "norm": ""})
    assert stored(walk.app) == []
    names = [entry.data["name"] for entry in walk.entries("calendar.year_named")]
    assert names == ["Año de la Muestra", ""]


def test_what_is_no_name_of_a_year_is_refused(walk: Walk):
    keeper = walk.browser_of(walk.person("40000031", "superuser"))
    refused = {
        "De la Muestra": "empieza con «Año»",
        "Año «de la Muestra»": "sin comillas",
    }
    for name, sentence in refused.items():
        answer = keeper.post(ADDRESS, data=NAME | {"name": name})
        assert answer.status_code == 422
        assert sentence in answer.text
    answer = keeper.post(ADDRESS, data=NAME | {"norm": ""})
    assert "Escribe la norma" in answer.text
    assert keeper.get("/calendario/1999/nombre").status_code == 404
    assert stored(walk.app) == []
