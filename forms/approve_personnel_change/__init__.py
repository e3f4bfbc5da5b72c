"""Aprobar los cargos que cambian: those that the entity determines itself, or return them.

Who holds a post is a fact and needs no approval.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DocumentField, TextField, add_error
from forms.shapes.change_examples import BUYER, NEW_POST, NUMBER
from forms.shapes.decision_makers import GROUNDS
from forms.shapes.personnel_change import nothing
from forms.shapes.reviews import ReviewForm, second_look
from forms.shapes.signing import as_is_field, file_of

NEEDS = ("personnel_change", "authority", "authority_has_account", "post_review")
GIVES = ("post_review",)


class Form(ReviewForm):
    """The approval of posts that enter the list of decision-makers, or leave it."""

    heading = "Aprueba los cargos que cambian"
    lead = "Apruébalos, o devuélvelos y di qué cambiar."
    sets_in_motion = True
    outcomes = ("approved", "returned")
    fresh = (*ReviewForm.fresh, "number", "document")
    decisions = (("approved", "Aprobar los cargos"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
    gives = "post_review"

    number = TextField(
        "Documento con el que se aprueba (opcional)",
        hint="Por ejemplo, Memorando 120-2026.",
        when=("decision", "approved"),
        limit=100,
    )
    document = DocumentField(
        "Ese documento, firmado",
        hint="Hace falta si la máxima autoridad no tiene cuenta en Zaguán.",
        paper="decision_makers_approval",
        when=("decision", "approved"),
    )
    as_is_document = as_is_field("document")

    grounds = dict(GROUNDS)

    def prepare(self) -> None:
        """Use the words of an authority to its own administrator."""
        super().prepare()
        self.why.description = "El administrador lo lee tal cual."

    def check(self) -> None:
        """Check that without an account, the authority approves by its signed paper."""
        super().check()
        on_paper = self.decision.data == "approved" and not self.given.get("authority_has_account")
        if on_paper and not self.document.data and not self.document.errors:
            add_error(self.document, "Sube el documento firmado por la máxima autoridad.")

    def answer(self) -> dict[str, Any]:
        """Return the decision, with the document that shows it."""
        paper = {"number": self.number.data or "", "file": file_of(self.document)}
        return {"post_review": {**self.review(), **paper}}


DAY = date(2027, 2, 16)
CHANGE = nothing(DAY.isoformat()) | {
    "to_approve": {"posts": [NEW_POST], "removed": [BUYER | {"to_on": "2027-02-10"}]},
    "number": NUMBER,
}
GIVEN = {"today": DAY, "personnel_change": CHANGE, "authority_has_account": True}
ON_PAPER = {"authority_has_account": False}
WHY = "Falta la resolución que determina este cargo."

ACCEPTS = (
    Example("approved", {"decision": "approved", "document": SAMPLE_FILE}, ON_PAPER),
    Example("approved", {"decision": "approved"}, name="con su cuenta"),
    Example("returned", {"decision": "returned", "why": WHY}, ON_PAPER),
    Example("approved", {"decision": "approved"}, second_look(Form, WHY), "segunda mirada"),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
    Refusal("sin cuenta ni papel", {"decision": "approved"}, {"document": "firmado"}, ON_PAPER),
)
