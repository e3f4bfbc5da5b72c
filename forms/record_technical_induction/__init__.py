"""Registrar la asistencia a la inducción técnica, by person."""

from forms.shapes import session_examples
from forms.shapes.sessions import RecordSession

NEEDS = ("administrator", "technical_session", "roster")
GIVES = ("technical_attendance",)


class Form(RecordSession):
    """The technical induction."""

    decides = "nothing"
    topic = "technical"
    topic_name = "inducción técnica"
    heading = "Registra la asistencia a la inducción técnica"
    lead = (
        "Basta con que asista el administrador o el alterno. Si no fue ninguno, la entidad elige "
        "otra fecha."
    )


GIVEN, ACCEPTS, REFUSES = session_examples.recording("technical")
