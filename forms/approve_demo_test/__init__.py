"""Revisar la prueba en el ambiente demo: accept or observe it."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms.examples import Example
from forms.shapes.demo_test import FIGURES, figure_rows, invented_evidence, source_sentence
from forms.shapes.filing_examples import papers
from forms.shapes.review_anchors import DemoReport, Figures
from forms.shapes.reviews import AcceptOrObserveForm, observing, second_look
from forms.shapes.signing import paper_of

NEEDS = ("demo_evidence", "demo_validation", "demo_findings", "demo_review", "papers")
SHOWS = ("demo_visits",)
GIVES = ("demo_review",)


class Form(AcceptOrObserveForm):
    """The review of the demo test."""

    decides = "stage"
    anchored = (Figures, DemoReport)
    heading = "Revisa la prueba en el ambiente demo"
    lead = (
        "Mira las cifras de la prueba y lo que quedó registrado en el ambiente demo. Si observas, "
        "la entidad repite lo que haga falta."
    )
    gives = "demo_review"

    def figures(self) -> list[tuple[str, str, int]]:
        """Return the figures of the test: name, words and count."""
        rows = figure_rows(self.given.get("demo_evidence"))
        return [(name, *row) for name, row in zip(FIGURES, rows, strict=False)]

    def source(self) -> str:
        """Return who counted the figures."""
        return source_sentence(self.given.get("demo_evidence"))

    def issued(self) -> dict[str, Any] | None:
        """Return the report that was issued for this test; None without one."""
        return paper_of(self.given, "demo_report")

    def unusual(self) -> list[str]:
        """Return which figures nobody counted, where the test is accepted."""
        stated = (self.given.get("demo_evidence") or {}).get("stated") or {}
        if self.outcome() != "accepted" or not stated:
            return []
        many = "1 cifra la constató" if len(stated) == 1 else f"{len(stated)} cifras las constató"
        return [f"{many} un coordinador; el registro no las muestra."]

    def statements(self) -> list[str]:
        """Return who stated the figures that no data can show."""
        return sorted(set(((self.given.get("demo_evidence") or {}).get("stated") or {}).values()))


GIVEN = {
    "today": date(2026, 9, 14),
    "demo_evidence": invented_evidence(),
    "papers": papers("demo_report"),
}
STATED = invented_evidence() | {
    "source": "official_platform",
    "stated": {"operators": "Rosa Persona Ejemplo", "searches": "Rosa Persona Ejemplo"},
}
WHY = "El registro extemporáneo no tiene la observación que corresponde."

ACCEPTS, REFUSES = observing(WHY)
ACCEPTS += (
    Example(
        "accepted",
        {"decision": "accepted"},
        {"demo_evidence": STATED},
        "con cifras que constató un coordinador",
    ),
    Example("accepted", {"decision": "accepted"}, second_look(Form, WHY), "segunda mirada"),
)
