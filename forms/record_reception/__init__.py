"""Registrar la recepción en mesa de partes: its decision on the designation."""

from forms.shapes import presentation_examples
from forms.shapes.filing import DESIGNATION, ReceptionStep

NEEDS = ("filing", "papers")
SHOWS = ("replaced_records",)
GIVES = ("filing",)


class Form(ReceptionStep):
    """The reception of the designation."""

    decides = "nothing"
    kinds = DESIGNATION
    heading = "Registra la recepción de la designación"


GIVEN, ACCEPTS, REFUSES = presentation_examples.reception(DESIGNATION)
