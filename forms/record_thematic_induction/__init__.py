"""Registrar la asistencia a la inducción temática, by person."""

from forms.shapes import session_examples
from forms.shapes.sessions import RecordSession

NEEDS = ("administrator", "thematic_session", "roster")
GIVES = ("thematic_attendance",)


class Form(RecordSession):
    """The thematic induction."""

    decides = "nothing"
    topic = "thematic"
    topic_name = "inducción temática"
    heading = "Registra la asistencia a la inducción temática"
    lead = (
        "Basta con que asista el administrador o el alterno. Si no fue ninguno, la entidad elige "
        "otra fecha."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.recording("thematic")
