"""Explicar qué pasa con el registro: the administrator answers for the figures of the month."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms import StepForm
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, DateField, LongTextField, add_error
from forms.shapes.days import ahead_fault
from forms.shapes.register_figures import CAUSES, INVENTED, OfMonth
from forms.shapes.reviews import check_explanation

NEEDS = ("register_figures", "register_attention")
GIVES = ("register_answer",)

#: Calendar days ahead within which the promised day lies.
HORIZON = 60


class Form(OfMonth, StepForm):
    """The explanation."""

    heading = "Explica qué pasa con el registro"
    lead = (
        "Las cifras del mes muestran que el registro no se lleva al día. Di qué pasó y qué hará "
        "tu entidad. Los días sin visitas se declaran en el registro, desde «Días»."
    )
    button = "Enviar la explicación"
    dictated = True
    outcomes = ("explained",)
    fresh = ("cause", "explanation", "solved_by")

    cause = ChoiceField("¿Qué pasó?", CAUSES, needed="Elige qué pasó.")
    explanation = LongTextField(
        "¿Qué hará tu entidad?",
        hint="Lo lee la Secretaría de Integridad Pública. No escribas datos de visitantes.",
        limit=2000,
    )
    solved_by = DateField(
        "¿Desde qué día estará al día?",
        hint="Dentro de los próximos 60 días. Déjalo en blanco si ya lo está.",
    )

    def check(self) -> None:
        """Check that the explanation says something, and that a promised day lies ahead."""
        check_explanation(self.explanation, "Escribe qué hará tu entidad.")
        day = self.solved_by.data
        fault = ahead_fault("Desde qué día", day, self.today, HORIZON) if day else ""
        if fault:
            add_error(self.solved_by, fault)

    def outcome(self) -> str:
        """Return the only outcome."""
        return "explained"

    def answer(self) -> dict[str, Any]:
        """Return the explanation."""
        return {
            "register_answer": {
                "cause": self.cause.data,
                "explanation": self.explanation.data or "",
                "solved_by": self.solved_by.iso,
                "on": self.today.isoformat(),
            }
        }


GIVEN = {"today": date(2026, 10, 8), "register_figures": INVENTED, "register_attention": None}
EXPLAINED = {
    "cause": "undeclared",
    "explanation": "Atendimos sin citas. Declaramos hoy los días que faltaban.",
}

ACCEPTS = (
    Example("explained", EXPLAINED),
    Example("explained", EXPLAINED | {"solved_by": "15/10/2026"}, name="con un día"),
    Example("explained", EXPLAINED, {"register_figures": None}, "sin cifras guardadas"),
)
REFUSES = (
    Refusal("sin nada", {}, {"cause": "qué pasó", "explanation": "qué hará"}),
    Refusal("con una palabra", EXPLAINED | {"explanation": "Nada"}, {"explanation": "10 letras"}),
    Refusal(
        "desde ayer",
        EXPLAINED | {"solved_by": "07/10/2026"},
        {"solved_by": "a partir de mañana"},
    ),
    Refusal("en un año", EXPLAINED | {"solved_by": "08/10/2027"}, {"solved_by": "hasta"}),
)
