"""The figures of a register's month, as the steps of its follow-up show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forms.fields.dates import MONTHS

#: The fewest visits for which a share says something; with fewer, no percentage is given.
FEWEST = 20

#: Figure → its name and its definition, in the order of the pages. The second three are shares of
#: the visits.
FIGURES: Mapping[str, tuple[str, str]] = {
    "silent_days": (
        "Días hábiles sin visitas ni declaración",
        "Días hábiles del mes, desde que la entidad publica, en los que no hay ninguna visita y "
        "tampoco se declaró que no las hubo.",
    ),
    "late": (
        "Registradas de forma extemporánea",
        "Visitas públicas registradas en Zaguán con la observación «extemporáneo», entre todas las "
        "registradas en el mes.",
    ),
    "without_exit": (
        "Sin hora de salida",
        "Visitas públicas registradas en Zaguán que no tienen hora de salida, entre todas las "
        "registradas en el mes.",
    ),
    "other_motive": (
        "Con motivo «Otros»",
        "Visitas públicas registradas en Zaguán cuyo motivo es «Otros», entre todas las "
        "registradas en el mes.",
    ),
}


def month_name(month: date | str) -> str:
    """Return a month (its first day) as `octubre de 2026`."""
    day = date.fromisoformat(month) if isinstance(month, str) else month
    return f"{MONTHS[day.month - 1]} de {day.year}"


def share(count: int, visits: int) -> int | None:
    """Return a share in percent, rounded down; None with too few visits."""
    return 100 * count // visits if visits >= FEWEST else None


def lines(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each figure of a month: its name, its value in words, its definition."""
    found = []
    for key, (name, meaning) in FIGURES.items():
        count, visits = figures[key], figures["visits"]
        if key == "silent_days":
            value = f"{count} de {figures['working_days']}"
        else:
            percent = share(count, visits)
            value = f"{count} de {visits}" if visits else "Sin visitas"
            value += "" if percent is None else f" ({percent} %)"
        found.append((name, value, meaning))
    return found


CAUSES = (
    ("undeclared", "No hubo visitas, y no lo declaramos"),
    ("unrecorded", "Hubo visitas que no se registraron"),
    ("elsewhere", "Las visitas se registran en otro sistema"),
    ("nobody", "No hay quien registre"),
    ("technical", "Tuvimos problemas técnicos"),
    ("other", "Otra razón"),
)


class OfMonth:
    """The texts that the steps of the follow-up show about the month that was judged."""

    given: Mapping[str, Any]

    def month(self) -> str:
        """Return the month of the figures, in words."""
        figures = self.given.get("register_figures")
        return month_name(figures["month"]) if figures else ""

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the figures of the month: name, value, definition."""
        figures = self.given.get("register_figures")
        return lines(figures) if figures else []

    def findings(self) -> list[str]:
        """Return what the decision table says about the figures."""
        return list((self.given.get("register_figures") or {}).get("findings", []))


INVENTED = {
    "month": "2026-09-01",
    "working_days": 21,
    "silent_days": 14,
    "visits": 31,
    "late": 3,
    "without_exit": 4,
    "other_motive": 2,
    "findings": [
        "En 14 días hábiles del mes no hay visitas ni declaración de que no las hubo.",
    ],
}
