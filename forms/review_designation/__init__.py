"""Revisar la designación: conformity, observations, or that it does not concern the entity."""

from __future__ import annotations

from forms.examples import Refusal
from forms.shapes import presentation_examples
from forms.shapes.filing import DESIGNATION, without_roster
from forms.shapes.filing_review import ReviewStep

NEEDS = ("entity", "authority", "administrator", "roster", "filing", "papers")
GIVES = ("filing",)


class Form(ReviewStep):
    """The review of the designation; one anew is never out of scope."""

    decides = "stage"
    kinds = DESIGNATION
    heading = "Revisa la designación"
    lead = (
        "Contrasta los documentos presentados con los datos. Si algo está mal, obsérvalo todo de "
        "una vez."
    )
    outcomes = ("accepted", "observed", "not_presented", "out_of_scope")

    def may_be_out_of_scope(self) -> bool:
        """The entity of a designation anew has a register already."""
        return not self.designated_anew()

    def designated_anew(self) -> bool:
        """Whether the entity designates again, without a SIP-RVL-002."""
        return without_roster(self.given)


ACCEPTS, _REFUSES = presentation_examples.review(DESIGNATION, out_of_scope=True)
REFUSES = (
    *_REFUSES,
    Refusal(
        "no corresponde en una redesignación",
        {"result": "out_of_scope", "ground": "duplicate", "text": "Está dos veces."},
        {"result": "opciones"},
        presentation_examples.given_of(("oficio_designacion", "sip_rvl_001")),
    ),
)
