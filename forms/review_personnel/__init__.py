"""Revisar el SIP-RVL-002 para producción: conformity or observations."""

from forms.shapes import presentation_examples
from forms.shapes.filing import PERSONNEL
from forms.shapes.filing_review import ReviewStep

NEEDS = ("roster", "filing", "papers")
SHOWS = ("accepted_roster", "observed_records", "replaced_records")
GIVES = ("filing",)


class Form(ReviewStep):
    """The review of the roster for production."""

    decides = "stage"
    kinds = PERSONNEL
    heading = "Revisa la relación de personal"
    lead = (
        "Contrasta el formato SIP-RVL-002 presentado con la relación. Si algo está mal, obsérvalo "
        "todo de una vez."
    )


GIVEN, ACCEPTS, REFUSES = presentation_examples.review(PERSONNEL, out_of_scope=False)
