"""Cerrar la implementación: a checklist computed from the case, then close or return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from forms import Page
from forms.examples import Example, Refusal
from forms.fields import PaperNumberField, add_error
from forms.shapes.days import words_of
from forms.shapes.decision_makers import in_office, invented_posts
from forms.shapes.reviews import ReviewForm

NEEDS = (
    "administrator",
    "production",
    "production_evidence",
    "interest_acts",
    "decision_makers",
    "decision_review",
    "decision_training",
    "by_series",
)
GIVES = ("closing",)


@dataclass(frozen=True)
class Check:
    """A line of the checklist: its subject, whether it is done, and a text.

    `needed` is false for what an earlier stage left: if that stage was validated instead of run,
    there may be nothing to read.
    """

    name: str
    done: bool
    detail: str
    needed: bool = True


class Form(ReviewForm):
    """The closing."""

    decides = "case"
    heading = "Cierra la implementación"
    lead = (
        "Comprueba que todo esté en su lugar. Al cerrar se emite la constancia de implementación; "
        "si algo falta, devuelve la tarea que corresponda."
    )
    outcomes = ("closed", "return_enabling", "return_definition", "return_training")
    decisions = (
        ("closed", "Cerrar la implementación"),
        ("return_enabling", "Devolver: la habilitación del registro de actos"),
        ("return_definition", "Devolver: la definición de los sujetos con capacidad de decisión"),
        ("return_training", "Devolver: su capacitación"),
    )
    returning = frozenset({"return_enabling", "return_definition", "return_training"})
    gives = "closing"
    #: A constancia that is issued again has its own number.
    fresh = (*ReviewForm.fresh, "number")
    pages = (Page("respuesta", heading, ("decision", "number", "why")),)

    number = PaperNumberField(
        "Número de la constancia",
        hint="Se imprime en la constancia.",
        needed="Escribe el número que tendrá la constancia.",
        when=("decision", "closed"),
    )

    def prepare(self) -> None:
        """Use the words of this review: it returns, it does not observe."""
        super().prepare()
        self.why.description = "La entidad lo lee tal cual."
        if self.given.get("by_series"):
            del self["number"]

    def checklist(self) -> list[Check]:
        """Return the checklist of the case, line by line."""
        production = self.given.get("production") or {}
        evidence = self.given.get("production_evidence") or {}
        acts = self.given.get("interest_acts") or {}
        live = words_of(production.get("go_live_on", ""))
        source = " por constatación del coordinador" if evidence.get("stated") else ""
        return [
            Check(
                "Tiene administrador designado", bool(self.given.get("administrator")), "", False
            ),
            Check("Salió en vivo", bool(live), live, False),
            Check("Publica sus visitas", bool(evidence), f"Confirmado{source}", False),
            Check(
                "Registra actos de gestión de intereses",
                bool(acts),
                f"Desde el {words_of(acts['starts_on'])}" if acts else "",
            ),
            *self._decision_makers(),
        ]

    def _decision_makers(self) -> list[Check]:
        posts = in_office(self.given.get("decision_makers"), self.today)
        review = self.given.get("decision_review") or {}
        people = (self.given.get("decision_training") or {}).get("people", [])
        missing = sum(person["status"] == "absent" for person in people)
        leave = sum(person["status"] == "leave" for person in people)
        trained = f"Personas capacitadas: {len(people) - missing - leave}"
        trained += f", {leave} con licencia" if leave else ""
        trained += f", faltan {missing}" if missing else ""
        return [
            Check(
                "Definió a los sujetos con capacidad de decisión pública",
                bool(posts),
                f"Cargos ocupados: {len(posts)}",
            ),
            Check("La máxima autoridad los aprobó", review.get("decision") == "approved", ""),
            Check("Están capacitados", bool(people) and not missing, trained if people else ""),
        ]

    def check(self) -> None:
        """Check that nothing of this stage is missing when it closes."""
        super().check()
        missing = [check.name for check in self.checklist() if check.needed and not check.done]
        if self.decision.data == "closed" and missing:
            add_error(self.decision, f"No se puede cerrar todavía. Falta: {'; '.join(missing)}.")

    def unusual(self) -> list[str]:
        """Return what an earlier stage did not leave, where that does not prevent the end."""
        if self.outcome() != "closed":
            return []
        checks = self.checklist()
        return [f"No consta: {one.name}." for one in checks if not one.needed and not one.done]

    def certificate_number(self) -> str:
        """Return the typed number; "" where a series gives it, and where the step returns."""
        is_typed = self.outcome() == "closed" and "number" in self
        return str(self["number"].data) if is_typed else ""

    def answer(self) -> dict[str, Any]:
        """Return the decision, with the checklist at that moment."""
        lines = [
            {"name": check.name, "done": check.done, "detail": check.detail}
            for check in self.checklist()
        ]
        number = self.certificate_number()
        return {"closing": {**self.review(), "checklist": lines, "number": number}}


PEOPLE = [post | {"status": "present", "reason": ""} for post in invented_posts()]
GIVEN = {
    "today": date(2026, 11, 16),
    "administrator": {"holder": {}, "alternate": None},
    "production": {"go_live_on": "2026-10-12"},
    "production_evidence": {"stated": True},
    "interest_acts": {"starts_on": "2026-10-21"},
    "decision_makers": invented_posts(),
    "decision_review": {"decision": "approved"},
    "decision_training": {"people": PEOPLE},
}
CLOSED = {"decision": "closed", "number": "0012-2026-PCM/SIP"}
WHY = "En la relación falta el titular del pliego, que también decide."


def closed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return the closing, with a number that no other constancia has."""
    number = f"{random.randint(1, 9_999_999):07d}-{given['today'].year}-PCM/SIP"
    return {"decision": "closed", "number": number}


ACCEPTS = (
    Example("closed", closed),
    Example("closed", {"decision": "closed"}, GIVEN | {"by_series": True}, name="por serie"),
    Example("return_enabling", {"decision": "return_enabling", "why": WHY}),
    Example("return_definition", {"decision": "return_definition", "why": WHY}),
    Example("return_training", {"decision": "return_training", "why": WHY}),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal("cerrar sin número", {"decision": "closed"}, {"number": "Escribe el número"}),
    Refusal(
        "un número demasiado largo",
        {"decision": "closed", "number": "9" * 61},
        {"number": "60"},
    ),
    Refusal("devolver sin motivo", {"decision": "return_training"}, {"why": "qué falta"}),
    Refusal(
        "cerrar sin la aprobación",
        CLOSED,
        {"decision": "La máxima autoridad los aprobó"},
        {"decision_review": None},
    ),
    Refusal(
        "cerrar cuando alguien falta",
        CLOSED,
        {"decision": "Están capacitados"},
        {"decision_training": {"people": [PEOPLE[0] | {"status": "absent"}]}},
    ),
)
