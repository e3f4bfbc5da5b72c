"""Registrar la recepción del SIP-RVL-002: the decision of the mesa de partes."""

from forms.shapes import presentation_examples
from forms.shapes.filing import PERSONNEL, ReceptionStep

NEEDS = ("filing", "papers")
SHOWS = ("roster", "accepted_roster", "replaced_records")
GIVES = ("filing",)


class Form(ReceptionStep):
    """The reception of the roster for production."""

    decides = "nothing"
    kinds = PERSONNEL
    heading = "Registra la recepción de la relación de personal"


GIVEN, ACCEPTS, REFUSES = presentation_examples.reception(PERSONNEL)
