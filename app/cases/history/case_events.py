"""Events of cases: steps, stages, processes, terms, papers and induction sessions."""

from __future__ import annotations

from collections.abc import Mapping

from app.base import formatting
from app.cases import arrivals
from app.cases.history.event import Data, Event, Sentence
from app.cases.papers import KINDS
from app.cases.processes import dictation
from app.cases.status import PROCESS_NAMES

OUTCOMES: Mapping[str, str] = {
    "accepted": "con conformidad",
    "observed": "con observaciones",
    "not_presented": "como no presentado",
    "out_of_scope": "como «no corresponde»",
    "received": "recibido",
    "not_filed": "no fue presentado",
    "none_suits": "ninguna fecha conviene",
    "attended": "asistió",
    "absent": "no asistió",
    "retry": "se vuelve a probar",
    "returned": "con devolución",
    "not_reached": "no se logró la comunicación",
    "no_agreement": "sin acuerdo",
    "agreed": "con acuerdo",
    "incomplete": "incompleta",
    "return_enabling": "devuelto",
    "return_definition": "devuelto",
    "return_training": "devuelto",
}

TOPICS: Mapping[str, str] = {
    "thematic": "inducción temática",
    "technical": "inducción técnica",
}


def _task(verb: str) -> Sentence:
    def say(data: Data) -> str:
        outcome = OUTCOMES.get(data.get("outcome", ""), "")
        return f"{verb}: {data.get('name', '')}" + (f" ({outcome})" if outcome else "")

    return say


def _opened(data: Data) -> str:
    """Say that a step opened and, outside the ordinary course, by which way."""
    came = arrivals.of(data.get("came_as", "")).brief
    text = _task("Se abrió el paso")(data)
    return f"{text} ({came[:1].lower()}{came[1:]})" if came else text


def _process(verb: str) -> Sentence:
    """Return a sentence about a process, with its name if known."""

    def say(data: Data) -> str:
        name = PROCESS_NAMES.get(data.get("process", ""), "")
        return f"{verb} el proceso: {name}" if name else f"{verb} un proceso"

    return say


def _resumed(data: Data) -> str:
    days = formatting.plural(data["working_days"], "día hábil", "días hábiles")
    return f"{_process('Se reanudó')(data)}. Los plazos se corrieron {days}"


def _ended(data: Data) -> str:
    name = PROCESS_NAMES.get(data.get("process", ""), "")
    end = data.get("name", "")
    return f"Terminó el proceso: {end} ({name})" if name else f"Terminó el proceso: {end}"


def _session(verb: str) -> Sentence:
    return lambda data: f"{verb} de {TOPICS[data['topic']]}"


def _granted(data: Data) -> str:
    text, requested = _extension("Se dio más plazo", data, "granted_days"), data["asked_days"]
    if requested == data["granted_days"]:
        return text
    return f"{text}; se pidieron {formatting.number(requested)}"


def _extension(what: str, data: Data, days: str) -> str:
    return f"{what}: {data['name']} ({formatting.plural(data[days], 'día hábil', 'días hábiles')})"


def _named(verb: str) -> Sentence:
    return lambda data: f"{verb}: {data.get('name') or data.get('element', '')}"


def _meeting(verb: str) -> Sentence:
    return lambda data: (
        f"{verb} «{data['name']}», {formatting.moment(data['begins_at'])} "
        f"({formatting.plural(data['guests'], 'persona', 'personas')})"
    )


def _paper_title(data: Data) -> str:
    """Return the title of the paper that an entry is about."""
    kind = data.get("paper") or data.get("kind", "")
    return KINDS[kind].title if kind in KINDS else str(kind)


EVENTS = (
    Event("task.opened", "pasos", _opened),
    Event("task.completed", "pasos", _task("Se respondió el paso")),
    Event("task.lapsed", "pasos", _task("Venció el plazo del paso")),
    Event("task.cancelled", "pasos", _task("Quedó sin efecto el paso")),
    Event("task.term_kept", "plazos", _task("El paso volvió y conserva su plazo")),
    Event("task.paused", "plazos", _task("El plazo quedó detenido por la nueva designación")),
    Event("task.resumed", "plazos", _task("El plazo volvió a correr")),
    Event("task.extended", "plazos", _task("Se amplió el plazo")),
    Event("task.moved", "plazos", _task("Cambió el vencimiento porque cambió el calendario")),
    Event("task.to_be_notified", "plazos", _task("Falta notificar en papel el paso")),
    Event(
        "task.notice_written",
        "plazos",
        lambda data: (
            f"Se escribió el correo que notifica el paso: {data['name']}. "
            f"Sale desde el {formatting.moment(data['notice_at'])}"
        ),
    ),
    Event(
        "task.notice_sent",
        "plazos",
        lambda data: (
            f"Se envió el correo que notifica el paso: {data['name']}, "
            f"el {formatting.moment(data['sent_at'])}"
        ),
    ),
    Event(
        "task.not_acknowledged",
        "plazos",
        _task("No consta que recibieran el correo; toca notificar en papel el paso"),
    ),
    Event(
        "task.paper_due",
        "plazos",
        lambda data: (
            f"Le toca a la {'SGTD' if data['role'] == 'sgtd' else 'SIP'} notificar en papel "
            f"el paso: {data['name']}"
        ),
    ),
    Event(
        "task.paper_over", "plazos", _task("Ya no toca notificar en papel: el correo salió. Paso")
    ),
    Event(
        "task.notified",
        "plazos",
        lambda data: (
            f"Se notificó el paso: {data['name']}, el {formatting.moment(data['notified_at'])}"
            + (f" ({data['how']})" if data.get("how") else " (por correo)")
        ),
    ),
    Event(
        "task.not_delivered",
        "plazos",
        _task("No se pudo entregar por correo la notificación del paso"),
    ),
    Event(
        "extension.asked",
        "plazos",
        lambda data: _extension("Se pidió más plazo", data, "asked_days"),
    ),
    Event("extension.granted", "plazos", _granted),
    Event(
        "extension.refused",
        "plazos",
        lambda data: _extension("No se dio más plazo", data, "asked_days"),
    ),
    Event(
        "task.dictation_noted",
        "pasos",
        lambda data: (
            f"Empezó a registrar por encargo el paso: {data['name']}. "
            f"Dicta {dictation.in_words(data['dictated_by'])}"
        ),
    ),
    Event("task.assigned", "pasos", _task("Se asignó la tarea")),
    Event(
        "duties.allowed",
        "permisos",
        "Se permitió a {person} decidir «{name}», aunque intervino antes",
    ),
    Event(
        "task.unassigned",
        "pasos",
        lambda data: (
            _task("Se devolvió la tarea a la bandeja")(data)
            + (f" (la tenía {data['person']})" if data.get("person") else "")
        ),
    ),
    Event("stage.entered", "etapas", _named("Empezó la etapa")),
    Event("stage.left", "etapas", _named("Terminó la etapa")),
    Event("stage.validated", "etapas", _named("Se convalidó la etapa")),
    Event(
        "stage.left_by_validation", "etapas", _named("La etapa en curso terminó por convalidación")
    ),
    Event("service.done", "etapas", _named("El sistema hizo")),
    Event("timer.fired", "etapas", _named("Llegó el momento")),
    Event("called.ended", "etapas", "Terminó: {name} ({end})"),
    Event("process.started", "etapas", _process("Se inició")),
    Event("process.ended", "etapas", _ended),
    Event("process.suspended", "etapas", _process("Se suspendió")),
    Event("process.resumed", "etapas", _resumed),
    Event("process.cancelled", "etapas", _process("Se anuló")),
    Event(
        "process.returned",
        "etapas",
        lambda data: f"{_process('Un coordinador devolvió')(data)}, a un paso anterior",
    ),
    Event("process.sent_back", "etapas", _named("El proceso volvió a")),
    Event(
        "process.not_started",
        "etapas",
        lambda data: f"{_process('No se pudo iniciar')(data)}, que estaba previsto",
    ),
    Event("incident.raised", "fallas", _named("Falló una tarea del sistema")),
    Event("incident.resolved", "fallas", _named("Se resolvió la falla")),
    Event("file.uploaded", "documentos", "Se subió el documento: {file_name}"),
    Event("file.read", "consultas", "Se leyó el documento: {file_name}"),
    Event(
        "paper.issued", "documentos", lambda data: f"Se emitió el documento: {_paper_title(data)}"
    ),
    Event("session.moved", "sesiones", _session("Cambió la sesión")),
    Event("session.cancelled", "sesiones", _session("Se canceló la sesión")),
    Event("session.left", "sesiones", "La sesión que se canceló ya no hacía falta"),
    Event("meeting.invited", "correos", _meeting("Se invitó a la sesión")),
    Event("meeting.changed", "correos", _meeting("Se avisó el cambio de la sesión")),
    Event("meeting.cancelled", "correos", _meeting("Se avisó que se canceló la sesión")),
    Event("meeting.uninvited", "correos", _meeting("Se retiró la invitación a la sesión")),
    Event("reminders.sent_now", "correos", _task("Se envió un recordatorio a mano")),
)
