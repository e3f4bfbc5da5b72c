"""Events of people: roles, accounts, absences, and the mail and reminders sent to them."""

from __future__ import annotations

from app.base import formatting
from app.cases.history.event import Data, Event, Sentence
from app.people import access


def _role(verb: str) -> Sentence:
    return lambda data: f"{verb} {access.ROLES[data['role']].name}: {data['person']}"


def _absence(verb: str) -> Sentence:
    def say(data: Data) -> str:
        days = access.absences.in_words(data["from_on"], data["until_on"])
        return f"{verb} de {data['person']} {days}: reemplaza {data['substitute']}"

    return say


def _left(data: Data) -> str:
    """Say that a person left, and who continues each of their steps."""
    roles = formatting.listed([access.ROLES[role].name for role in data["roles"]])
    text = f"Se desactivó la cuenta de {data['person']}" + (f" ({roles})" if roles else "")
    parts = [text] if data["deactivated"] else []
    for lane in data["lanes"]:
        more = [f"{lane['more']} más"] if lane["more"] else []
        heirs = formatting.listed([*lane["heirs"], *more])
        steps = formatting.plural(lane["steps"], "paso abierto", "pasos abiertos")
        if lane["vacant"]:
            vacant = f"no queda quien responda los de {access.lane_title(lane['role'])} ({steps})"
            parts.append(f"{vacant}, y se avisó a {heirs}" if heirs else vacant)
        else:
            continues = "sigue" if lane["steps"] == 1 else "siguen"
            parts.append(f"{steps} de {data['person']} {continues} con {heirs}")
    return "; ".join(parts) if data["lanes"] else f"{text}; no tenía pasos abiertos"


EVENTS = (
    Event("document.unmasked", "consultas", "Se consultaron números de documento"),
    Event("person.role_granted", "personas", _role("Se dio el rol de")),
    Event("person.role_revoked", "personas", _role("Terminó el rol de")),
    Event("person.invited", "personas", "Se invitó a {person}"),
    Event("mail.answer", "correos", "Llegó la respuesta de una persona a un correo"),
    Event("mail.automatic", "correos", "Llegó una respuesta automática a un correo"),
    Event("mail.bounced", "correos", "Un correo volvió: la dirección no existe"),
    Event(
        "person.email_corrected",
        "personas",
        lambda data: (
            f"Se corrigió el correo de {data['person']}: {data['old'] or '(vacío)'} → {data['new']}"
        ),
    ),
    Event("absence.noted", "personas", _absence("Se anotó la ausencia")),
    Event("absence.ended", "personas", _absence("Terminó la ausencia")),
    Event("reminders.held", "correos", "Se retuvieron los recordatorios: {name}"),
    Event("reminders.lifted", "correos", "Se soltaron los recordatorios: {name}"),
    Event("person.muted", "correos", "Se silenciaron los recordatorios de {name}"),
    Event("person.unmuted", "correos", "Vuelven los recordatorios de {name}"),
    Event("code.issued", "personas", "Se emitió un código de activación"),
    Event("code.used", "personas", "Se usó el código de activación"),
    Event(
        "mail.retried", "correos", "Se volvió a poner por enviar un correo: {subject}, para {to}"
    ),
    Event("mail.discarded", "correos", "Se descartó un correo que no salió: {subject}, para {to}"),
    Event("person.digest_refused", "correos", "{person} dejó de recibir resúmenes"),
    Event("person.digest_wanted", "correos", "{person} volvió a recibir resúmenes"),
    Event("address.confirmed", "correos", "Se confirmó que llegan los correos a {address}"),
    Event("person.deactivated", "personas", "Se desactivó la cuenta de {person}"),
    Event("person.left", "personas", _left),
    Event("person.reactivated", "personas", "Se reactivó la cuenta de {person}"),
    Event(
        "person.email_changed",
        "personas",
        lambda data: (
            f"Cambió el correo de {data['person']}: {data['old'] or '(vacío)'} → {data['new']}"
        ),
    ),
    Event("person.contact_changed", "personas", "Cambió sus propios datos de contacto"),
    Event("person.password_set", "personas", "Eligió su contraseña"),
    Event(
        "person.sign_in_ended",
        "personas",
        lambda data: (
            f"Se cerró una sesión de {data['person']} ({data['browser'] or 'equipo desconocido'})"
        ),
    ),
)
