"""Registrar la recepción en mesa de partes: its decision on the designation."""

from forms.shapes import presentation_examples
from forms.shapes.designation_anchors import Designation
from forms.shapes.designation_items import ItemGroup, groups_of
from forms.shapes.filing import DESIGNATION, ReceptionStep

NEEDS = ("filing", "papers")
SHOWS = (
    "entity",
    "authority",
    "administrator",
    "roster",
    "accepted_roster",
    "replaced_records",
)
GIVES = ("filing",)


class Form(ReceptionStep):
    """The reception of the designation."""

    decides = "nothing"
    kinds = DESIGNATION
    heading = "Registra la recepción de la designación"

    def item_groups(self) -> list[ItemGroup]:
        """Return every item of the designation, by person."""
        return groups_of(Designation(self.given))


GIVEN, ACCEPTS, REFUSES = presentation_examples.reception(DESIGNATION)
