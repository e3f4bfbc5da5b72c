"""Events of questions and internal notes; never with their words."""

from __future__ import annotations

from app.cases.history.event import Data, Event, Sentence


def _question(verb: str) -> Sentence:
    """Return a sentence about a question, with its number and its step."""

    def say(data: Data) -> str:
        by_mail = " (un correo cuyo remitente no se comprobó)" if data.get("letter") else ""
        step = f", sobre el paso: {data['name']}" if data.get("name") else ""
        return f"{verb} la consulta {data['question']}{step}{by_mail}"

    return say


def _step(verb: str) -> Sentence:
    return lambda data: f"{verb}: {data['name']} (consulta {data['question']})"


EVENTS = (
    Event("question.asked", "preguntas", _question("Se hizo")),
    Event("question.written", "preguntas", _question("Se agregó un mensaje a")),
    Event("question.answered", "preguntas", _question("Se respondió")),
    Event("question.closed", "preguntas", _question("Se cerró")),
    Event("question.reopened", "preguntas", _question("Se volvió a abrir")),
    Event("question.differed", "preguntas", _question("Se indicó que el paso puede seguir pese a")),
    Event("question.mail_discarded", "preguntas", _question("Se descartó un correo sobre")),
    Event("task.question_blocks", "plazos", _step("El paso espera la respuesta de la PCM")),
    Event("task.question_over", "plazos", _step("El paso ya no espera la respuesta de la PCM")),
    Event("note.written", "preguntas", "Se escribió una nota interna sobre {entity}"),
)
