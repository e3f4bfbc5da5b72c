"""Realizar la prueba en el ambiente demo: the contents of its register are the answer.

No figure is typed: the page shows the current figures and what is missing; submitting the test lets
`check_demo_test` examine the register.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from forms import Page, StepForm
from forms.examples import Example, Refusal
from forms.fields import LongTextField
from forms.shapes.demo_test import invented_figures, live_rows

NEEDS = ("demo_register", "demo_figures", "demo_findings")
GIVES = ("demo_evidence",)


class Form(StepForm):
    """The demo test."""

    heading = "Realiza la prueba en el ambiente demo"
    dictated = True
    lead = (
        "Registra en el ambiente demo las visitas de la cartilla, con tus operadores, y mira lo "
        "que vería el público. Cuando no falte nada, envía la prueba."
    )
    button = "Enviar la prueba"
    outcomes = ("run",)
    pages = (Page("resultados", heading, ("notes",)),)
    fresh = ("notes",)

    notes = LongTextField(
        "Qué dificultades tuviste (opcional)",
        hint="Las leerá quien revisa la prueba.",
        limit=2000,
    )

    def rows(self) -> list[dict[str, Any]]:
        """Return the current value of each figure, and what it still needs."""
        return live_rows(self.given.get("demo_figures"))

    def is_complete(self) -> bool:
        """Return whether nothing is missing."""
        rows = self.rows()
        return bool(rows) and not any(row["missing"] for row in rows)

    def answer(self) -> dict[str, Any]:
        """Return the notes of the people; the figures come from the register."""
        return {"demo_evidence": {"notes": self.notes.data or ""}}


TODAY = date(2026, 9, 9)
REGISTER = {
    "opened_at": "2026-08-13T15:00:00+00:00",
    "source": "zaguan",
    "address": "",
    "people": {},
    "sites": [],
}
GIVEN = {"today": TODAY, "demo_register": REGISTER, "demo_figures": invented_figures()}
SHORT = [
    one | {"missing": ["Se necesitan 10 visitas con ingreso y salida, y hay 3."]}
    if one["name"] == "visits"
    else one
    for one in invented_figures(visits=3)
]

ACCEPTS = (
    Example("run", {"notes": ""}),
    Example(
        "run",
        {"notes": "Se cortó el internet el martes por la mañana."},
        {"demo_figures": SHORT},
        "una prueba a la que le falta algo",
    ),
    Example(
        "run",
        {"notes": ""},
        {
            "demo_register": REGISTER
            | {"source": "official_platform", "address": "https://visitas.example.org/consulta"}
        },
        "en la plataforma oficial",
    ),
)
REFUSES = (
    Refusal("un texto sin fin", {"notes": "a" * 10_000}, {"notes": "2000 caracteres"}),
    Refusal("texto que va al revés", {"notes": "Todo \u202eneib"}, {"notes": "no son letras"}),
    Refusal("signos de control", {"notes": "Se cortó\x00 la luz"}, {"notes": "no son letras"}),
)
