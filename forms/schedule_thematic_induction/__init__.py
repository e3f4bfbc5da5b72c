"""Programar la inducción temática: a session for this entity alone."""

from forms.shapes import session_examples
from forms.shapes.sessions import ScheduleSession

NEEDS = ("thematic_session", "administrator", "days_off")
GIVES = ("thematic_session",)
SHOWS = ("roster",)


class Form(ScheduleSession):
    """The thematic induction."""

    decides = "nothing"
    topic = "thematic"
    heading = "Programa la inducción temática"
    lead = (
        "La entidad no eligió ninguna de las sesiones publicadas. Acuerda una fecha con su "
        "administrador y regístrala aquí; le avisamos por correo."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.scheduling("thematic")
