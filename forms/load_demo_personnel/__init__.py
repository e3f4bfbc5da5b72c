"""Cargar el personal en el ambiente demo: the system loads it; the administrator confirms."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms import Page
from forms.examples import Example, Refusal
from forms.shapes.loading import Load, invented_register, invented_roster

NEEDS = ("roster", "demo_register")
GIVES = ("demo_load",)


class Form(Load):
    """The load of the demo environment."""

    heading = "Confirma el personal del ambiente demo"
    dictated = True
    lead = (
        "Cargamos en el ambiente demo a las personas de tu relación de personal. Míralas y "
        "confirma: con eso abrimos las cuentas de los operadores."
    )
    button = "Confirmar el personal"
    outcomes = ("loaded",)
    pages = (Page("carga", heading, ("explanation",)),)
    register = "demo_register"

    def answer(self) -> dict[str, Any]:
        """Return the load, and the day of its confirmation."""
        return {"demo_load": {"loaded_on": self.today.isoformat(), **self.load()}}


TODAY = date(2026, 8, 14)
GIVEN = {"today": TODAY, "roster": invented_roster(), "demo_register": invented_register()}
FEWER = GIVEN | {"demo_register": invented_register(operator=1)}
WHY = "Una operadora dejó la entidad el lunes."

ACCEPTS = (
    Example("loaded", {}),
    Example("loaded", {"explanation": WHY}, FEWER, "con una persona menos"),
)
REFUSES = (
    Refusal("faltan personas sin explicación", {}, {"explanation": "explica por qué"}, FEWER),
    Refusal(
        "una explicación que no explica",
        {"explanation": "faltan"},
        {"explanation": "al menos 10 letras"},
        FEWER,
    ),
    Refusal(
        "una explicación con signos de control",
        {"explanation": "Una operadora \u202edejó la entidad"},
        {"explanation": "no son letras"},
        FEWER,
    ),
)
