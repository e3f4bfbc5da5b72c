"""Atender el registro: the coordinator closes the follow-up of a register, or asks again."""

from __future__ import annotations

from datetime import date

from forms.examples import Example
from forms.register_documents import RegisterAnswer
from forms.shapes.contacts import Contact, contacts
from forms.shapes.days import words_of
from forms.shapes.register_figures import CAUSES, INVENTED, OfMonth
from forms.shapes.reviews import ReviewForm, refusals

NEEDS = ("register_figures", "register_answer", "administrator", "authority", "entity")
GIVES = ("register_attention",)


class Form(OfMonth, ReviewForm):
    """The decision on the figures and the explanation."""

    decides = "nothing"
    heading = "Atiende el registro que no se lleva al día"
    lead = (
        "Lee lo que explicó la entidad. Si no respondió, llámala. Si queda resuelto, cierra el "
        "seguimiento; si no, pregunta otra vez y di qué falta."
    )
    button = "Registrar"
    outcomes = ("settled", "asked_again")
    decisions = (("settled", "Cerrar el seguimiento"), ("asked_again", "Preguntar otra vez"))
    returning = frozenset({"asked_again"})
    noted = frozenset({"settled"})
    gives = "register_attention"

    def prepare(self) -> None:
        """Use the words of this decision: it asks again, or notes what was said."""
        super().prepare()
        self.why.label.text = "Qué falta, o qué te dijeron"
        self.why.description = "Si preguntas otra vez, la entidad lo lee tal cual."

    def explained(self) -> list[tuple[str, str]]:
        """Return the entity's explanation as headings and texts; empty if it did not answer."""
        answer: RegisterAnswer | None = self.given.get("register_answer")
        if answer is None:
            return []
        day = answer["solved_by"]
        rows = [
            ("Qué pasó", dict(CAUSES).get(answer["cause"], "")),
            ("Qué hará", answer["explanation"]),
            ("Al día desde", words_of(day) if day else "Ya lo está"),
            ("Respondió", words_of(answer["on"])),
        ]
        return [row for row in rows if row[1]]

    def contacts(self) -> list[Contact]:
        """Return the people to call, in order: role, name, telephone."""
        return contacts(self.given)


ANSWER = {
    "cause": "undeclared",
    "explanation": "Atendimos sin citas. Declaramos hoy los días que faltaban.",
    "solved_by": "",
    "on": "2026-10-12",
}
GIVEN = {
    "today": date(2026, 10, 15),
    "register_figures": INVENTED,
    "register_answer": ANSWER,
    "administrator": None,
    "authority": None,
    "entity": None,
}

WHY = "Faltan los días del 14 al 25 de setiembre."

ACCEPTS = (
    Example("settled", {"decision": "settled"}),
    Example(
        "settled",
        {"decision": "settled", "why": "Llamé: los días ya están declarados."},
        {"register_answer": None},
        "sin respuesta de la entidad",
    ),
    Example("asked_again", {"decision": "asked_again", "why": WHY}),
)
REFUSES = refusals("asked_again", WHY)
