"""Validar los resultados de la prueba: the administrator confirms them, or tests again."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms import Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import ChecksField, DocumentField
from forms.shapes.demo_test import FIGURES, figure_rows, invented_evidence, source_sentence
from forms.shapes.filing_examples import papers
from forms.shapes.reviews import ReviewForm
from forms.shapes.signing import as_is_field, file_of, paper_of

NEEDS = ("demo_evidence", "demo_findings", "papers")
GIVES = ("demo_validation",)

AREAS = (*FIGURES.items(), ("other", "Otra cosa"))


class Form(ReviewForm):
    """The validation of the demo test."""

    heading = "Valida los resultados de la prueba"
    lead = (
        "Si lo registrado en el ambiente demo se ve completo y correcto, valida los resultados. "
        "Si algo falló, di qué, y la prueba se repite."
    )
    outcomes = ("validated", "retry")
    fresh = (*ReviewForm.fresh, "failed", "report")
    decisions = (("validated", "Validar"), ("retry", "Volver a probar"))
    returning = frozenset({"retry"})
    gives = "demo_validation"
    pages = (Page("resultados", heading, ("decision", "failed", "why", "report", "as_is_report")),)

    failed = ChecksField(
        "¿Qué falló?",
        AREAS,
        hint="Marca todo lo que corresponda.",
        needed="Marca qué falló.",
        when=("decision", "retry"),
    )
    report = DocumentField(
        "Informe de la prueba, firmado (opcional)",
        paper="demo_report",
        hint="Lo firma el administrador o el alterno.",
        when=("decision", "validated"),
    )
    as_is_report = as_is_field("report")

    def prepare(self) -> None:
        """Use the words of this review: the administrator reviews the entity's own test."""
        super().prepare()
        self.why.label.text = "Qué hay que corregir antes de repetir la prueba"
        self.why.description = ""

    def rows(self) -> list[tuple[str, int]]:
        """Return the figures of the test, in words."""
        return figure_rows(self.given.get("demo_evidence"))

    def issued(self) -> dict[str, Any] | None:
        """Return the report that was issued for this test; None without one."""
        return paper_of(self.given, "demo_report")

    def source(self) -> str:
        """Return who counted the figures."""
        return source_sentence(self.given.get("demo_evidence"))

    def _retried(self) -> bool:
        return self.outcome() == "retry"

    def answer(self) -> dict[str, Any]:
        """Return the decision, what failed, and the signed report if there is one."""
        failed = list(self.failed.data or ()) if self._retried() else []
        return {
            "demo_validation": {
                **self.review(),
                "failed": failed,
                "file": file_of(self.report),
            }
        }

    def reason(self) -> str:
        """Return what failed, in words."""
        if not self._retried():
            return ""
        words = dict(AREAS)
        failed = ", ".join(words[name].lower() for name in self.failed.data or ())
        return f"Falló: {failed}.\n{self.why.data}"


GIVEN = {
    "today": date(2026, 9, 10),
    "demo_evidence": invented_evidence(),
    "papers": papers("demo_report"),
}
WHY = "Dos visitas quedaron sin hora de salida en la consulta pública."
AGAIN = {"decision": "retry", "failed": ["visits", "other"], "why": WHY}

ACCEPTS = (
    Example("validated", {"decision": "validated"}),
    Example("validated", {"decision": "validated", "report": SAMPLE_FILE}, name="con informe"),
    Example("validated", {"decision": "validated"}, {"papers": []}, "sin informe emitido"),
    Example("retry", AGAIN),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal(
        "volver a probar sin decir qué falló",
        {"decision": "retry"},
        {"failed": "Marca qué falló", "why": "qué hay que corregir"},
    ),
    Refusal("algo que no se probó", AGAIN | {"failed": ["speed"]}, {"failed": "de la lista"}),
    Refusal(
        "un informe que no es de esta tarea",
        {"decision": "validated", "report": "another"},
        {"report": "otra vez"},
    ),
)
