"""What happened to the platform itself, or to people's accounts, as sentences of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.base import formatting
from app.people import access


def _account(verb: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{verb} de {data['person']}"


def _batch(verb: str) -> Callable[[Mapping[str, Any]], str]:
    def say(data: Mapping[str, Any]) -> str:
        told = f"{verb} el lote {data['batch']}: {data['batch_kind']}"
        rows = data.get("rows")
        return f"{told} ({formatting.plural(rows, 'fila', 'filas')})" if rows is not None else told

    return say


def _left(data: Mapping[str, Any]) -> str:
    """That somebody left, and with whom each of their steps goes on."""
    roles = formatting.listed([access.ROLES[role].name for role in data["roles"]])
    told = f"Se desactivó la cuenta de {data['person']}" + (f" ({roles})" if roles else "")
    parts = [told] if data["deactivated"] else []
    for lane in data["lanes"]:
        more = [f"{lane['more']} más"] if lane["more"] else []
        whose = formatting.listed([*lane["heirs"], *more])
        steps = formatting.plural(lane["steps"], "paso abierto", "pasos abiertos")
        if lane["vacant"]:
            said = f"no queda quien responda los de {access.lane_title(lane['role'])} ({steps})"
            parts.append(f"{said}, y se avisó a {whose}" if whose else said)
        else:
            goes = "sigue" if lane["steps"] == 1 else "siguen"
            parts.append(f"{steps} de {data['person']} {goes} con {whose}")
    return "; ".join(parts) if data["lanes"] else f"{told}; no tenía pasos abiertos"


SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "person.deactivated": _account("Se desactivó la cuenta"),
    "person.left": _left,
    "person.reactivated": _account("Se reactivó la cuenta"),
    "person.email_changed": lambda data: (
        f"Cambió el correo de {data['person']}: {data['old'] or '(vacío)'} → {data['new']}"
    ),
    "person.contact_changed": lambda data: "Cambió sus propios datos de contacto",
    "person.password_set": lambda data: "Eligió su contraseña",
    "person.sign_in_ended": lambda data: (
        f"Se cerró una sesión de {data['person']} ({data['browser'] or 'equipo desconocido'})"
    ),
    # Of the demo of earlier releases.
    "entity.activated": lambda data: f"{data['person']} ingresó con el código de activación",
    "domain.rests": lambda data: (
        f"Los envíos a {data['domain']} quedaron en reposo: "
        f"volvieron {formatting.number(data['hard'])} de "
        f"{formatting.plural(data['sent'], 'correo', 'correos')}"
    ),
    "domain.resumed": lambda data: f"Se volvió a enviar a {data['domain']}",
    "catalogue.imported": lambda data: (
        f"Se importaron entidades al catálogo: {formatting.number(data['added'])} nuevas, "
        f"{formatting.number(data['updated'])} con cambios"
    ),
    "batch.checked": _batch("Se revisó"),
    "batch.confirmed": _batch("Se confirmó"),
    "batch.discarded": _batch("Se descartó"),
}
