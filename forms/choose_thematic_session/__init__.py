"""Elegir la fecha de la inducción temática: a seat in a published session, or a preference."""

from forms.shapes import session_examples
from forms.shapes.sessions import ChooseSession

NEEDS = ("thematic_sessions",)
GIVES = ("thematic_session",)


class Form(ChooseSession):
    """The thematic induction."""

    topic = "thematic"
    heading = "Elige la fecha de la inducción temática"
    dictated = True
    lead = (
        "La Secretaría de Integridad Pública explica qué se registra, por qué y cómo se publica. "
        "Asiste el administrador del registro y, si puede, el alterno."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.choosing("thematic")
