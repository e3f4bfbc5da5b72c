"""Events of people: roles, accounts, absences, and the mail and reminders sent to them."""

from __future__ import annotations

from app.base import formatting
from app.cases.history.event import READINGS, Data, Sentence, events
from app.people import access
from forms.shapes.personnel_change import REASONS


def _absence(verb: str) -> Sentence:
    def say(data: Data) -> str:
        days = access.absences.in_words(data["from_on"], data["until_on"])
        return f"{verb} de {data['person']} {days}: reemplaza {data['substitute']}"

    return say


def _left(data: Data) -> str:
    """Return the sentence that a person left, and who continues each of their steps."""
    roles = formatting.listed([access.ROLES[role].name for role in data["roles"]])
    act = "Se suspendió por falta de uso" if data.get("suspended") else "Se desactivó"
    text = f"{act} la cuenta de {data['person']}" + (f" ({roles})" if roles else "")
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


def _leaves(data: Data) -> str:
    """Return the sentence on the day a person leaves the administration, and the successor."""
    goes_on = f"sigue {data['heir']}" if data["heir"] else "todavía no sigue nadie"
    return f"{data['person']} deja la función desde el {formatting.day(data['from_on'])}: {goes_on}"


def _was_dismissed(data: Data) -> str:
    """Return the sentence that others registered that an administrator left, and why."""
    last_day, why = formatting.day(data["last_day"]), dict(REASONS)[data["reason"]]
    return f"{data['person']} ya no administra el registro: {why}. Último día: {last_day}"


def _could_use(data: Data) -> str:
    return f"No decide sobre la entidad: {access.duties.WHY[data['why']][1]}"


EVENTS = events(
    {
        "consultas": {
            "breach.list_taken": "Se bajó la lista de {people:persona afectada|personas afectadas} "
            "por el incidente de datos personales {breach}",
            "document.unmasked": "Se consultaron números de documento",
            "document.searched": "Se buscó por número de documento",
        },
        "personas": {
            "person.role_granted": "Se dio el rol de {role:role}: {person}",
            "person.role_revoked": "Terminó el rol de {role:role}: {person}",
            "person.invited": "Se invitó a {person}",
            "person.email_corrected": "Se corrigió el correo de {person}: {old:or nothing} → {new}",
            "absence.noted": _absence("Se anotó la ausencia"),
            "absence.ended": _absence("Terminó la ausencia"),
            "code.issued": "Se emitió un código de activación",
            "code.held": _could_use,
            "code.used": "Se usó el código de activación",
            "person.deactivated": "Se desactivó la cuenta de {person}",
            "person.left": _left,
            "person.suspended": "Se suspendió por falta de uso la cuenta de {person}",
            "person.reopened": "Se reabrió la cuenta suspendida de {person}",
            "departure.announced": _leaves,
            "departure.registered": _was_dismissed,
            "departure.withdrawn": "{person} ya no deja la función",
            "person.reactivated": "Se reactivó la cuenta de {person}",
            "person.email_changed": "Cambió el correo de {person}: {old:or nothing} → {new}",
            "person.contact_changed": "Cambió sus propios datos de contacto",
            "person.password_set": "Eligió su contraseña",
            "person.opened_by_provider": "{person} abrió su cuenta con el servicio de identidad",
            "person.factor_set": "{person} configuró su segundo factor",
            "person.passkey_added": "{person} agregó una llave de acceso: {name}",
            "person.passkey_renamed": (
                "{person} cambió el nombre de una llave de acceso: {old} → {name}"
            ),
            "person.passkey_removed": "{person} quitó una llave de acceso: {name}",
            "person.factor_reset": "Se restableció el segundo factor de {person}: {reason}",
            "person.factor_removed": "{person} quitó su segundo factor",
            "person.recovery_code_used": "{person} usó un código de recuperación: quedan {left}",
            "person.recovery_codes_made": "{person} creó otros códigos de recuperación",
            "person.calendar_made": "{person} creó la dirección de su calendario",
            "person.calendar_voided": "Se anuló la dirección del calendario de {person}",
            "person.sign_in_ended": lambda data: (
                f"Se cerró una sesión de {data['person']} "
                f"({data['browser'] or 'equipo desconocido'})"
            ),
        },
        READINGS: {
            "data.read": "Leyó datos personales: {page:page}",
        },
        "datos": {
            "breach.reported": "Se informó el incidente de datos personales {breach}",
            "breach.notified": "Se comunicó el incidente de datos personales {breach}: {to}",
        },
        "correos": {
            "mail.answer": "Llegó la respuesta de una persona a un correo",
            "mail.automatic": "Llegó una respuesta automática a un correo",
            "mail.bounced": "Un correo volvió: la dirección no existe",
            "reminders.held": "Se retuvieron los recordatorios: {name}",
            "reminders.lifted": "Se soltaron los recordatorios: {name}",
            "person.muted": "Se silenciaron los recordatorios de {name}",
            "person.unmuted": "Vuelven los recordatorios de {name}",
            "mail.retried": "Se volvió a poner por enviar un correo: {subject}, para {to}",
            "mail.discarded": "Se descartó un correo que no salió: {subject}, para {to}",
            "person.digest_refused": "{person} dejó de recibir resúmenes",
            "person.digest_wanted": "{person} volvió a recibir resúmenes",
            "address.confirmed": "Se confirmó que llegan los correos a {address}",
        },
    }
)
