"""Events of cases: steps, stages, processes, terms, papers and induction sessions."""

from __future__ import annotations

from collections.abc import Mapping

from app.base import formatting
from app.cases import arrivals
from app.cases.history.event import Data, Sentence, events
from app.cases.processes import dictation
from app.cases.status import PROCESS_NAMES
from forms.papers import OFFICIAL

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

#: Where a version of the process came from, as the history says it.
SOURCES: Mapping[str, str] = {
    "code": "vino con el sistema",
    "command": "con un comando",
    "page": "desde la página Proceso",
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
    """Return the sentence that a step opened and, outside the ordinary course, by which way."""
    came = arrivals.of(data.get("came_as", "")).brief
    text = _task("Se abrió el paso")(data)
    return f"{text} ({came[:1].lower()}{came[1:]})" if came else text


def _number(number: str) -> str:
    return f" N.º {number}" if number else ""


def _process(verb: str, end: str = "") -> Sentence:
    """Return a sentence about a process, with its name."""
    return lambda data: f"{verb} el proceso: {PROCESS_NAMES[data['process']]}{end}"


def _resumed(data: Data) -> str:
    days = formatting.plural(data["working_days"], "día hábil", "días hábiles")
    return f"{_process('Se reanudó')(data)}. Los plazos se corrieron {days}"


#: Kinds of changes for a case that moves to another version, in words.
CHANGES: Mapping[str, str] = {
    "renamed": "se llama ahora «{name}» lo que era «{before}»",
    "lane": "«{name}» pasa de {before} a {after}",
    "term": "cambia el plazo de «{name}»",
    "timer": "se mueve «{name}»",
    "timer_added": "se agrega «{name}»",
    "timer_removed": "se quita «{name}»",
    "ends": "«{name}» termina ahora el paso",
    "ends_no_more": "«{name}» ya no termina el paso",
    "follow_up_added": "se agrega «{name}»",
    "follow_up_removed": "se quita «{name}»",
    "condition": "cambia la condición de «{name}»",
    "passed_by": "ya no pasará por «{name}»",
    "asks": "se pregunta por «{name}», que no se hizo",
    "continues": "sigue en «{name}»",
    "left": "deja «{name}»",
}


def _migrated(data: Data) -> str:
    text = _process("Pasó a otra versión")(data)
    known = [one for one in data["changes"] if one["kind"] in CHANGES]
    changes = [CHANGES[one["kind"]].format(**one) for one in known]
    return f"{text}. Cambios: {'; '.join(changes)}" if changes else text


def _ended(data: Data) -> str:
    return f"Terminó el proceso: {data['name']} ({PROCESS_NAMES[data['process']]})"


def _session(verb: str) -> Sentence:
    return lambda data: f"{verb} de {TOPICS[data['topic']]}"


def _granted(data: Data) -> str:
    granted, requested = data["granted_days"], data["asked_days"]
    days = formatting.plural(granted, "día hábil", "días hábiles")
    more = f"; se pidieron {formatting.number(requested)}" if requested != granted else ""
    return f"Se dio más plazo: {data['name']} ({days}){more}"


def _named(verb: str) -> Sentence:
    return lambda data: f"{verb}: {data.get('name') or data.get('element', '')}"


MEETING = "«{name}», {begins_at:moment} ({guests:persona|personas})"


def _paper_title(data: Data) -> str:
    """Return the title of the paper that an entry is about."""
    kind = data.get("paper") or data.get("kind", "")
    return OFFICIAL[kind].title if kind in OFFICIAL else str(kind)


def _control_sent(data: Data) -> str:
    """Return how the communication to the organ of control went."""
    how = "por correo" if data["how"] == "mail" else "en papel"
    receipt = f", con el expediente {data['receipt']}" if data.get("receipt") else ""
    return f"Se envió la comunicación {data['number']} a: {data['organ']} ({how}{receipt})"


EVENTS = events(
    {
        "pasos": {
            "task.opened": _opened,
            "task.completed": _task("Se respondió el paso"),
            "task.lapsed": _task("Venció el plazo del paso"),
            "task.cancelled": _task("Quedó sin efecto el paso"),
            "task.reopened": _task("Se volvió a abrir el paso"),
            "task.lane_changed": "El paso pasó de {before:role} a {role:role}: {name}",
            "filing.observed": "Se observó la presentación ({count:punto|puntos})",
            "presentation.corrected_before_filing": "La entidad corrige antes de presentar, y "
            "vuelve a: {back_to}. Los documentos emitidos quedan sin efecto",
            "presentation.corrected_version": "La entidad prepara una versión corregida de la "
            "presentación {number}, y vuelve a: {back_to}",
            "presentation.receipt_corrected": "La entidad corrigió los datos de su constancia",
            "return.asked": "Se pidió la devolución para corregir: {name}",
            "return.granted": "Se devolvió para corregir, como se pidió: {name}",
            "return.refused": "No se devolvió para corregir: {name}",
            "task.dictation_noted": lambda data: (
                f"Empezó a registrar por encargo el paso: {data['name']}. "
                f"Dicta {dictation.in_words(data['dictated_by'])}"
            ),
            "task.assigned": _task("Se asignó la tarea"),
            "task.given": "Se dio la tarea a {to}: {name}",
            "task.unassigned": lambda data: (
                _task("Se devolvió la tarea a la bandeja")(data)
                + (f" (la tenía {data['person']})" if data.get("person") else "")
            ),
        },
        "permisos": {
            "duties.allowed": "Se permitió a {person} decidir «{name}», aunque intervino antes",
        },
        "plazos": {
            "task.term_kept": _task("El paso volvió y conserva su plazo"),
            "task.paused": _task("El plazo quedó detenido por la nueva designación"),
            "task.resumed": _task("El plazo volvió a correr"),
            "task.extended": _task("Se amplió el plazo"),
            "task.moved": _task("Cambió el vencimiento porque cambió el calendario"),
            "task.term_changed": _task("Cambió el plazo del paso"),
            "task.to_be_notified": _task("Falta notificar en papel el paso"),
            "task.notice_written": "Se escribió el correo que notifica el paso: {name}. "
            "Sale desde el {notice_at:moment}",
            "task.notice_sent": "Se envió el correo que notifica el paso: {name}, "
            "el {sent_at:moment}",
            "task.not_acknowledged": _task(
                "No consta que recibieran el correo; toca notificar en papel el paso"
            ),
            "task.paper_due": lambda data: (
                f"Le toca a la {'SGTD' if data['role'] == 'sgtd' else 'SIP'} notificar en papel "
                f"el paso: {data['name']}"
            ),
            "task.paper_over": _task("Ya no toca notificar en papel: el correo salió. Paso"),
            "task.notified": lambda data: (
                f"Se notificó el paso: {data['name']}, el {formatting.moment(data['notified_at'])} "
                f"({data['how']})"
            ),
            "task.not_delivered": _task("No se pudo entregar por correo la notificación del paso"),
            "extension.asked": "Se pidió más plazo: {name} ({asked_days:día hábil|días hábiles})",
            "extension.granted": _granted,
            "extension.refused": "No se dio más plazo: {name} "
            "({asked_days:día hábil|días hábiles})",
        },
        "etapas": {
            "stage.entered": _named("Empezó la etapa"),
            "stage.left": _named("Terminó la etapa"),
            "stage.validated": _named("Se convalidó la etapa"),
            "stage.left_by_validation": _named("La etapa en curso terminó por convalidación"),
            "service.done": _named("El sistema hizo"),
            "timer.fired": _named("Llegó el momento"),
            "called.ended": "Terminó: {name} ({end})",
            "process.started": _process("Se inició"),
            "process.ended": _ended,
            "case.migrated": _migrated,
            "case.migration_returned": _process("Volvió a la versión que tenía"),
            "process.suspended": _process("Se suspendió"),
            "process.resumed": _resumed,
            "process.cancelled": _process("Se anuló"),
            "proposal.made": "Se propuso {what}",
            "proposal.withdrawn": "Se retiró la propuesta: {what}",
            "certificate.annulled": lambda data: (
                f"Se anuló la constancia{_number(data['number'])} y se emitió "
                f"otra{_number(data['next'])}"
            ),
            "certificate.signed_again": lambda data: (
                f"Se firmó la constancia{_number(data['number'])}, después del cierre"
            ),
            "process.returned": _process("Un coordinador devolvió", ", a un paso anterior"),
            "process.sent_back": _named("El proceso volvió a"),
            "process.not_started": _process("No se pudo iniciar", ", que estaba previsto"),
            "version.offered": lambda data: (
                f"Se guardó la versión {data['version']} del proceso, sin ponerla en vigor "
                f"({SOURCES[data['source']]})"
            ),
            "version.put": "Entró en vigor la versión {version} del proceso",
        },
        "fallas": {
            "incident.raised": _named("Falló una tarea del sistema"),
            "incident.resolved": _named("Se resolvió la falla"),
        },
        "documentos": {
            "file.uploaded": "Se subió el documento: {file_name}",
            "file.as_is": "Se subió así el documento: {file_name}",
            "paper.issued": lambda data: f"Se emitió el documento: {_paper_title(data)}",
            "paper.annulled": lambda data: (
                f"Se anuló el documento: {_paper_title(data)}{_number(data['number'])}"
            ),
        },
        "consultas": {
            "file.read": "Se leyó el documento: {file_name}",
            "dossier.read": _process("Se descargó el expediente de"),
            "review.opened": _task("Se abrió para revisar"),
        },
        "sesiones": {
            "session.moved": _session("Cambió la sesión"),
            "session.cancelled": _session("Se canceló la sesión"),
            "session.changed": lambda data: (
                f"La entidad elige otra sesión de {TOPICS[data['topic']]}, en vez de la del "
                f"{formatting.moment(data['begins_at'])}"
            ),
            "session.waiting": _session("Entró en la lista de espera de una sesión"),
            "session.waiting_left": _session("Salió de la lista de espera de una sesión"),
            "session.left": "La sesión que se canceló ya no hacía falta",
        },
        "correos": {
            "meeting.invited": f"Se invitó a la sesión {MEETING}",
            "meeting.changed": f"Se avisó el cambio de la sesión {MEETING}",
            "meeting.cancelled": f"Se avisó que se canceló la sesión {MEETING}",
            "meeting.uninvited": f"Se retiró la invitación a la sesión {MEETING}",
            "control.warned": lambda data: (
                "Se dio a la entidad el último aviso antes de comunicar al órgano de control: "
                f"vence el {formatting.day(data['until_on'])} "
                f"({formatting.plural(data['mails'], 'correo', 'correos')})"
            ),
            "control.sent": _control_sent,
            "reminders.sent_now": _task("Se envió un recordatorio a mano"),
        },
    }
)
