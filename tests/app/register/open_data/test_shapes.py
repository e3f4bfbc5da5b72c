"""The two public shapes of a visit: alike on both databases, masked, safe for spreadsheets."""

from __future__ import annotations

from typing import Any

import pytest

from app.base import formatting
from app.register.facts import shapes
from tests.app.visited import Visited


def one(visited: Visited, columns: Any, full: bool = False, **options: Any) -> dict[str, Any]:
    with visited.reading() as session:
        return dict(session.execute(shapes.select_of(columns, full, **options)).one()._mapping)


def test_the_official_shape_has_the_twelve_columns_of_the_platform(visited: Visited):
    visited.visit(
        kind="public",
        entity="Municipalidad de Muestra",
        ago=90,
        stayed=30,
        observation="late",
        official="Gárate",
    )
    assert one(visited, shapes.OFFICIAL) == {
        "Fecha de Registro": "02/03/2026",
        "Fecha de Visita": "02/03/2026",
        "Entidad visitada": "Municipalidad Distrital de Ejemplo 1",
        "Visitante": "Quispe Inventada Ana",
        "Documento del visitante": "DNI *****501",
        "Entidad del visitante": "Entidad pública - Municipalidad de Muestra",
        "Funcionario visitado": "Gárate Ficticia Lucía - Obras - Estudios - Gerenta",
        "Hora Ingreso": "06:30",
        "Hora Salida": "07:00",
        "Motivo": "Reunión de trabajo - Coordinación de un convenio",
        "Lugar específico": "Sede central - Oficina 201",
        "Observación": "Registro extemporáneo",
    }
    assert one(visited, shapes.OPEN, full=True)["documento_numero"] == "00000501"
    assert one(visited, shapes.OFFICIAL, full=True)["Documento del visitante"] == "DNI 00000501"


def test_the_open_shape_has_a_field_per_fact_and_iso_moments(visited: Visited):
    visited.visit(kind="private", entity="Persona Ficticia", entity_ruc="10000005015")
    row = one(visited, shapes.OPEN)
    assert row["ingreso"] == "2026-03-02T08:00:00-05:00"
    assert (row["salida"], row["salida_estado"]) == (None, "no ha salido")
    assert row["documento_numero"] == formatting.masked("", "00000501").strip()
    assert row["representado_ruc"] == "********015"
    assert row["fecha_visita"].isoformat() == "2026-03-02"


def test_a_formula_in_a_text_stays_a_text(visited: Visited):
    visited.visit(motive="=HYPERLINK(1)", name="+Ana")
    assert one(visited, shapes.OFFICIAL, guarded=True)["Visitante"] == "'+Ana"
    assert one(visited, shapes.OPEN)["motivo"] == "=HYPERLINK(1)"


@pytest.mark.parametrize("number", ["", "1", "123", "1234", "12345678", "X" * 15])
def test_numbers_are_masked_as_everywhere(visited: Visited, number: str):
    visited.visit(document_number=number)
    assert one(visited, shapes.OPEN)["documento_numero"] == formatting.masked("", number).strip()
