"""Programar la inducción técnica: a session for this entity alone."""

from forms.shapes import session_examples
from forms.shapes.sessions import ScheduleSession

NEEDS = ("technical_session", "administrator", "days_off")
GIVES = ("technical_session",)
SHOWS = ("roster",)


class Form(ScheduleSession):
    """The technical induction."""

    decides = "nothing"
    topic = "technical"
    heading = "Programa la inducción técnica"
    lead = (
        "La entidad no eligió ninguna de las sesiones publicadas. Acuerda una fecha con su "
        "administrador y regístrala aquí; le avisamos por correo."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.scheduling("technical")
