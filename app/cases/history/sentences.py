"""The log of an entity, told in sentences: who, when, what, old and new value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import Entity, FileUse, LogEntry, ProcessInstance, Record, User
from app.cases import arrivals, copies
from app.cases.entities import dependents_in_words
from app.cases.history import changes as changes_told
from app.cases.history import platform_events, register_events
from app.cases.papers import KINDS
from app.cases.processes import dictation
from app.cases.status import PROCESS_NAMES
from app.people import access
from app.register.facts import open_texts

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

#: What entries hold, and of which kinds; those of earlier releases as a number alone.
HOLDS: Mapping[str, frozenset[str]] = {
    "old_person": frozenset({"entity.coordinator_assigned"}),
    "process": frozenset({"process.suspended", "process.resumed", "process.returned"}),
}


class Spoken(NamedTuple):
    """A file that an entry speaks of."""

    id: str
    name: str


@dataclass(frozen=True)
class Line:
    """An entry as it is read."""

    at: datetime
    who: str
    text: str
    detail: str = ""
    changes: tuple[str, ...] = ()
    #: The file that it speaks of, for those who may read it: its id and its official name.
    file: Spoken | None = None


def _task(verb: str) -> Callable[[Mapping[str, Any]], str]:
    def say(data: Mapping[str, Any]) -> str:
        outcome = OUTCOMES.get(data.get("outcome", ""), "")
        return f"{verb}: {data.get('name', '')}" + (f" ({outcome})" if outcome else "")

    return say


def _opened(data: Mapping[str, Any]) -> str:
    """Say that a step opened, and by which way where that is not the ordinary course."""
    came = arrivals.of(data.get("came_as", "")).brief
    text = _task("Se abrió el paso")(data)
    return f"{text} ({came[:1].lower()}{came[1:]})" if came else text


def _process(verb: str) -> Callable[[Mapping[str, Any]], str]:
    """What was done to a process, with its name where that is known."""

    def say(data: Mapping[str, Any]) -> str:
        name = PROCESS_NAMES.get(data.get("process", ""), "")
        return f"{verb} el proceso: {name}" if name else f"{verb} un proceso"

    return say


def _resumed(data: Mapping[str, Any]) -> str:
    days = formatting.plural(data["working_days"], "día hábil", "días hábiles")
    return f"{_process('Se reanudó')(data)}. Los plazos se corrieron {days}"


def _ended(data: Mapping[str, Any]) -> str:
    name = PROCESS_NAMES.get(data.get("process", ""), "")
    end = data.get("name", "")
    return f"Terminó el proceso: {end} ({name})" if name else f"Terminó el proceso: {end}"


def _session(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{verb} de {TOPICS[data['topic']]}"


def _granted(data: Mapping[str, Any]) -> str:
    told = _extension("Se dio más plazo", data, "granted_days")
    asked = data["asked_days"]
    return (
        told if asked == data["granted_days"] else f"{told}; se pidieron {formatting.number(asked)}"
    )


def _named(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{verb}: {data.get('name') or data.get('element', '')}"


def _role(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{verb} {access.ROLES[data['role']].name}: {data['person']}"


def _meeting(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: (
        f"{verb} «{data['name']}», {formatting.moment(data['begins_at'])} "
        f"({formatting.plural(data['guests'], 'persona', 'personas')})"
    )


def _decreed(verb: str) -> Callable[[Mapping[str, Any]], str]:
    """A day of the calendar that came or went, and what that moved."""
    places = {"national": "todo el país", "region": "la región", "entity": "la entidad"}

    def say(data: Mapping[str, Any]) -> str:
        where = f"{places[data['scope']]} {data['place']}".strip()
        told = f"{verb} el {formatting.weekday(data['on'])}, para {where} ({data['norm']})"
        moved = formatting.plural(data["terms"], "plazo abierto", "plazos abiertos")
        return f"{told}: cambió la fecha de {moved}" if data["terms"] else told

    return say


def _mail(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{verb}: {data['subject']}, para {data['to']}"


def _absence(verb: str) -> Callable[[Mapping[str, Any]], str]:
    def say(data: Mapping[str, Any]) -> str:
        days = access.absences.in_words(data["from_on"], data["until_on"])
        return f"{verb} de {data['person']} {days}: reemplaza {data['substitute']}"

    return say


def _extension(what: str, data: Mapping[str, Any], days: str) -> str:
    return f"{what}: {data['name']} ({formatting.plural(data[days], 'día hábil', 'días hábiles')})"


SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "task.opened": _opened,
    "task.completed": _task("Se respondió el paso"),
    "task.lapsed": _task("Venció el plazo del paso"),
    "task.cancelled": _task("Quedó sin efecto el paso"),
    "task.term_kept": _task("El paso volvió y conserva su plazo"),
    "task.paused": _task("El plazo quedó detenido por la nueva designación"),
    "task.resumed": _task("El plazo volvió a correr"),
    "task.extended": _task("Se amplió el plazo"),
    "task.moved": _task("Cambió el vencimiento porque cambió el calendario"),
    "task.to_be_notified": _task("Falta notificar en papel el paso"),
    "task.notice_written": lambda data: (
        f"Se escribió el correo que notifica el paso: {data['name']}. "
        f"Sale desde el {formatting.moment(data['notice_at'])}"
    ),
    "task.notice_sent": lambda data: (
        f"Se envió el correo que notifica el paso: {data['name']}, "
        f"el {formatting.moment(data['sent_at'])}"
    ),
    "task.not_acknowledged": _task(
        "No consta que recibieran el correo; toca notificar en papel el paso"
    ),
    "task.paper_due": lambda data: (
        f"Le toca a la {'SGTD' if data['role'] == 'sgtd' else 'SIP'} notificar en papel el paso: "
        f"{data['name']}"
    ),
    "task.paper_over": _task("Ya no toca notificar en papel: el correo salió. Paso"),
    "task.notified": lambda data: (
        f"Se notificó el paso: {data['name']}, el {formatting.moment(data['notified_at'])}"
        + (f" ({data['how']})" if data.get("how") else " (por correo)")
    ),
    "task.not_delivered": _task("No se pudo entregar por correo la notificación del paso"),
    "extension.asked": lambda data: _extension("Se pidió más plazo", data, "asked_days"),
    "extension.granted": _granted,
    "extension.refused": lambda data: _extension("No se dio más plazo", data, "asked_days"),
    "task.dictation_noted": lambda data: (
        f"Empezó a registrar por encargo el paso: {data['name']}. "
        f"Dicta {dictation.in_words(data['dictated_by'])}"
    ),
    "task.assigned": _task("Se asignó la tarea"),
    "duties.allowed": lambda data: (
        f"Se permitió a {data['person']} decidir «{data['name']}», aunque intervino antes"
    ),
    "task.unassigned": lambda data: (
        _task("Se devolvió la tarea a la bandeja")(data)
        + (f" (la tenía {data['person']})" if data.get("person") else "")
    ),
    "stage.entered": _named("Empezó la etapa"),
    "stage.left": _named("Terminó la etapa"),
    "stage.validated": _named("Se convalidó la etapa"),
    "stage.left_by_validation": _named("La etapa en curso terminó por convalidación"),
    "service.done": _named("El sistema hizo"),
    "timer.fired": _named("Llegó el momento"),
    "called.ended": lambda data: f"Terminó: {data['name']} ({data['end']})",
    "process.started": _process("Se inició"),
    "process.ended": _ended,
    "process.suspended": _process("Se suspendió"),
    "process.resumed": _resumed,
    "process.cancelled": _process("Se anuló"),
    "process.returned": lambda data: (
        f"{_process('Un coordinador devolvió')(data)}, a un paso anterior"
    ),
    "process.sent_back": _named("El proceso volvió a"),
    "process.not_started": lambda data: (
        f"{_process('No se pudo iniciar')(data)}, que estaba previsto"
    ),
    "incident.raised": _named("Falló una tarea del sistema"),
    "incident.resolved": _named("Se resolvió la falla"),
    "file.uploaded": lambda data: f"Se subió el documento: {data['file_name']}",
    "file.read": lambda data: f"Se leyó el documento: {data['file_name']}",
    "paper.issued": lambda data: f"Se emitió el documento: {paper_title(data)}",
    "entity.changed": lambda data: "Cambiaron los datos de la entidad",
    "entity.answer_changed": lambda data: "Cambió lo que la entidad había respondido",
    "entity.contact_changed": lambda data: "Cambió el contacto de la entidad",
    "document.unmasked": lambda data: "Se consultaron números de documento",
    "person.role_granted": _role("Se dio el rol de"),
    "person.role_revoked": _role("Terminó el rol de"),
    "person.invited": lambda data: f"Se invitó a {data['person']}",
    "entity.ruc_shared": lambda data: (
        f"Se confirmó que comparte el RUC {data['ruc']} con {formatting.listed(data['others'])}"
    ),
    "entity.merged": lambda data: (
        f"{data['duplicate']} se unió a {data['kept']}, con todo lo suyo: "
        + formatting.listed(dependents_in_words(data["moved"]))
    ),
    "entity.coordinator_assigned": lambda data: (
        f"{access.ROLES[data['role']].name} a cargo: "
        f"{data.get('old_person') or 'nadie'} → {data['person'] or 'nadie'}"
    ),
    "session.moved": _session("Cambió la sesión"),
    "session.cancelled": _session("Se canceló la sesión"),
    "session.left": lambda data: "La sesión que se canceló ya no hacía falta",
    "mail.answer": lambda data: "Llegó la respuesta de una persona a un correo",
    "mail.automatic": lambda data: "Llegó una respuesta automática a un correo",
    "mail.bounced": lambda data: "Un correo volvió: la dirección no existe",
    "person.email_corrected": lambda data: (
        f"Se corrigió el correo de {data['person']}: {data['old'] or '(vacío)'} → {data['new']}"
    ),
    "meeting.invited": _meeting("Se invitó a la sesión"),
    "meeting.changed": _meeting("Se avisó el cambio de la sesión"),
    "meeting.cancelled": _meeting("Se avisó que se canceló la sesión"),
    "meeting.uninvited": _meeting("Se retiró la invitación a la sesión"),
    "calendar.day_added": _decreed("Se agregó al calendario"),
    "calendar.day_removed": _decreed("Se quitó del calendario"),
    "absence.noted": _absence("Se anotó la ausencia"),
    "absence.ended": _absence("Terminó la ausencia"),
    "reminders.held": lambda data: f"Se retuvieron los recordatorios: {data['name']}",
    "reminders.lifted": lambda data: f"Se soltaron los recordatorios: {data['name']}",
    "reminders.sent_now": _task("Se envió un recordatorio a mano"),
    "person.muted": lambda data: f"Se silenciaron los recordatorios de {data['name']}",
    "person.unmuted": lambda data: f"Vuelven los recordatorios de {data['name']}",
    "code.issued": lambda data: "Se emitió un código de activación",
    "code.used": lambda data: "Se usó el código de activación",
    "mail.retried": _mail("Se volvió a poner por enviar un correo"),
    "mail.discarded": _mail("Se descartó un correo que no salió"),
    "person.digest_refused": lambda data: f"{data['person']} dejó de recibir resúmenes",
    "person.digest_wanted": lambda data: f"{data['person']} volvió a recibir resúmenes",
    "address.confirmed": lambda data: f"Se confirmó que llegan los correos a {data['address']}",
    **register_events.SENTENCES,
    **platform_events.SENTENCES,
}


def paper_title(data: Mapping[str, Any]) -> str:
    """A paper's title by its kind."""
    kind = data.get("paper") or data.get("kind", "")
    return KINDS[kind].title if kind in KINDS else str(kind)


def tell_all(session: Session, entries: Sequence[LogEntry]) -> list[Line]:
    """Entries in words.

    Those of earlier releases hold a person or a process as a number alone; where there are some,
    these are looked up by two statements more, however many they are. Files are looked up for
    their official names.
    """
    people = {entry.data.get("old_person_id") for entry in entries if _lacks(entry, "old_person")}
    cases = {entry.instance_id for entry in entries if _lacks(entry, "process")}
    names: dict[int, str] = {}
    processes: dict[int, str] = {}
    if people - {None}:
        named = select(User.id, User.given_names, User.surnames)
        rows = session.execute(named.where(User.id.in_(people - {None})))
        names = {row.id: f"{row.given_names} {row.surnames}".strip() for row in rows}
    if cases - {None}:
        kinds = select(ProcessInstance.id, ProcessInstance.process)
        found = session.execute(kinds.where(ProcessInstance.id.in_(cases - {None})))
        processes = {row.id: row.process for row in found}
    spoken = _files(session, entries)
    return [
        tell(
            entry,
            spoken.get(entry.id),
            old_person=names.get(entry.data.get("old_person_id", 0), ""),
            process=processes.get(entry.instance_id or 0, ""),
        )
        for entry in entries
    ]


def _lacks(entry: LogEntry, name: str) -> bool:
    return entry.kind in HOLDS[name] and name not in entry.data


#: Kinds of entries about one file, and those that a signed constancia may belong to.
ABOUT_FILES = frozenset({"file.uploaded", "file.read", "paper.issued"})
CERTIFYING = frozenset({"task.completed", "process.ended"})


def _files(session: Session, entries: Sequence[LogEntry]) -> dict[int, Spoken]:
    """The file that an entry speaks of, by the entry's id, under its official name."""
    held = {one.id: one.data.get("file", "") for one in entries if one.kind in ABOUT_FILES}
    certifying = [one for one in entries if one.kind in CERTIFYING and one.instance_id]
    cases = {one.instance_id for one in certifying}
    query = select(Record).where(Record.name == "certificate", Record.instance_id.in_(cases))
    signed = session.scalars(query.order_by(Record.id)).all() if certifying else ()
    of_task = {one.task_id: (one.data.get("file") or {}).get("id", "") for one in signed}
    of_case = {one.instance_id: of_task[one.task_id] for one in signed}
    for one in certifying:
        if one.kind == "task.completed":
            held[one.id] = of_task.get(one.task_id, "")
        else:
            held[one.id] = of_case.get(one.instance_id, "")
    ids = {file_id for file_id in held.values() if file_id}
    uses = session.scalars(select(FileUse).where(FileUse.id.in_(ids))).all() if ids else ()
    names = {copy.use.id: copy.title for copy in copies.copies_of(session, uses)} if uses else {}
    return {
        entry_id: Spoken(file_id, names[file_id])
        for entry_id, file_id in held.items()
        if file_id in names
    }


def tell(entry: LogEntry, file: Spoken | None = None, **known: str) -> Line:
    """An entry of the log in words; what no sentence is known for is told by its kind.

    `known` is what the entry itself may lack. Somebody may have typed a document's number into a
    reason: it is masked for every reader.
    """
    say = SENTENCES.get(entry.kind)
    data = {**known, **(entry.data or {}), "file_name": file.name if file else "sin nombre"}
    who = entry.actor.full_name if entry.actor else "El sistema"
    if data.get("on_behalf_of"):
        who = f"{who}, en reemplazo de {data['on_behalf_of']['name']}"
    elif data.get("dictated_by") and entry.kind != "task.dictation_noted":
        said = data["dictated_by"]
        who = f"{who}, por encargo de {said['name']} ({said['post']})"
    elif data.get("imported_from"):
        who = f"{who}, por importación ({data['imported_from']})"
    elif data.get("allowed_by") and entry.kind == "task.completed":
        who = f"{who}, con permiso de {data['allowed_by']['name']}"
    return Line(
        at=entry.at,
        who=who,
        text=open_texts.masked(say(data) if say else entry.kind)
        + (f" (en {entry.happened_in}, su duplicado)" if entry.happened_in else ""),
        detail=open_texts.masked(str(data.get("reason") or data.get("purpose") or "")),
        changes=tuple(map(open_texts.masked, changes_told.tell(data.get("changed", {})))),
        file=file,
    )


def recent(session: Session, entity: Entity, count: int) -> Sequence[Line]:
    """The newest of an entity's history."""
    query = select(LogEntry).where(LogEntry.entity_id == entity.id)
    newest = query.options(joinedload(LogEntry.actor)).order_by(LogEntry.id.desc()).limit(count)
    return tell_all(session, session.scalars(newest).all())
