"""The demo test's figures: their names, their sources, and their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forms.case_documents import Figure

#: Name in the record (and in `demo_acceptance.dmn`) → text on a page.
FIGURES = {
    "visits": "Visitas con ingreso y salida",
    "operators": "Operadores que registraron al menos una visita",
    "corrections": "Visitas corregidas",
    "late_entries": "Registros extemporáneos con su observación",
    "searches": "Búsquedas en la consulta pública",
    "downloads": "Descargas de la consulta pública",
}

#: Where an entity records its visits → text on a page.
SOURCES = {
    "zaguan": "Registro en Zaguán",
    "official_platform": "Plataforma oficial",
    "own_system": "Sistema propio de la entidad",
}


def source_words(source: str, by: str) -> str:
    """Return the source of a figure, in words."""
    return f"Constatación de {by}" if source == "statement" else SOURCES.get(source, "")


def live_rows(figures: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the current figures: words, count, who stated it, what is missing."""
    return [
        {
            "label": FIGURES[one["name"]],
            "count": one["count"],
            "stated_by": one["by"] if one["source"] == "statement" else "",
            "missing": one["missing"],
        }
        for one in figures or ()
    ]


def figure_rows(evidence: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """Return the figures of a submitted test, with their words; none before there is one.

    A figure stated by a coordinator says so.
    """
    if not evidence:
        return []
    stated = evidence["stated"]
    return [
        (
            f"{label} (constatación de {stated[name]})" if name in stated else label,
            int(evidence[name]),
        )
        for name, label in FIGURES.items()
    ]


#: Source of a submitted test's figures → text about who counted them.
COUNTED_BY = {
    "zaguan": "Las cifras las contó el registro demo de la entidad en Zaguán.",
    "official_platform": "Las cifras salen de la exportación de la plataforma oficial.",
    "own_system": "Las cifras salen de la exportación del sistema propio de la entidad.",
}


def source_sentence(evidence: Mapping[str, Any] | None) -> str:
    """Return the source of a test's figures, in words."""
    return COUNTED_BY.get((evidence or {}).get("source", ""), "")


#: Counts of a complete demo register.
ENOUGH = {
    "visits": 10,
    "operators": 2,
    "corrections": 1,
    "late_entries": 1,
    "searches": 2,
    "downloads": 1,
}


def invented_figures(**counts: int) -> list[Figure]:
    """Return the figures of a complete demo register, changed by `counts`."""
    return [
        {"name": name, "count": count, "source": "zaguan", "by": "", "missing": []}
        for name, count in (ENOUGH | counts).items()
    ]


def invented_evidence() -> dict[str, Any]:
    """Return a complete test, as submitted."""
    return {
        **ENOUGH,
        "source": "zaguan",
        "stated": {},
        "since_at": "2026-08-13T15:00:00+00:00",
        "counted_at": "2026-09-08T15:00:00+00:00",
        "notes": "",
    }
