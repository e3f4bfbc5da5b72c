"""The demo test's figures: what they are called and how they are said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Name in the record (and in `demo_acceptance.dmn`) → what a page says.
FIGURES = {
    "visits": "Visitas con ingreso y salida",
    "operators": "Operadores que registraron al menos una visita",
    "corrections": "Visitas corregidas",
    "late_entries": "Registros extemporáneos con su observación",
    "searches": "Búsquedas en la consulta pública",
    "downloads": "Descargas de la consulta pública",
}


def figure_rows(evidence: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """The figures of a test with their words, in order; none before there is one."""
    if not evidence:
        return []
    return [(label, int(evidence.get(name, 0))) for name, label in FIGURES.items()]


def invented_evidence() -> dict[str, Any]:
    """The figures of a test that has everything."""
    return {
        "source": "typed",
        "visits": 10,
        "operators": 2,
        "corrections": 1,
        "late_entries": 1,
        "searches": 2,
        "downloads": 1,
        "from_on": "2026-09-07",
        "to_on": "2026-09-08",
    }
