"""Elegir la fecha de la inducción técnica: a seat in a published session, or a preference."""

from forms.shapes import session_examples
from forms.shapes.sessions import ChooseSession

NEEDS = ("technical_sessions",)
GIVES = ("technical_session",)


class Form(ChooseSession):
    """The technical induction."""

    topic = "technical"
    heading = "Elige la fecha de la inducción técnica"
    dictated = True
    lead = (
        "La Secretaría de Gobierno y Transformación Digital muestra la plataforma y cómo se carga "
        "en ella la relación de personal. Asiste el administrador del registro y, si puede, el "
        "alterno."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.choosing("technical")
