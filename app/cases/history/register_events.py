"""What happened in an entity's registers, as sentences of its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.base import formatting
from app.register.facts.values import ENVIRONMENTS, SOURCES
from app.register.registers.outages import CAUSES
from app.register.registers.rules import NAMES, RULES

SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "register.source_changed": lambda data: (
        f"Las visitas se registran ahora en: {SOURCES[data['source']]} "
        f"({ENVIRONMENTS[data['environment']]}); antes, en: {SOURCES[data['before']]}"
    ),
    "register.real_documents": lambda data: (
        "El ambiente demo acepta documentos reales"
        if data["admitted"]
        else "El ambiente demo ya no acepta documentos reales"
    ),
    "register.export_read": lambda data: (
        f"Se leyó la exportación de {SOURCES[data['source']]} "
        f"({ENVIRONMENTS[data['environment']]}); visitas con ingreso y salida: {data['visits']}"
    ),
    "register.stated": lambda data: (
        f"Constatación del coordinador ({ENVIRONMENTS[data['environment']]}), "
        f"porque los datos no lo muestran: {data['why']}"
    ),
    "rule.set": lambda data: (
        f"{NAMES[data['rule']]}: {RULES[data['rule']][data['value']]}, "
        f"desde el {formatting.day(data['from_on'])} ({data['norm']})"
        + (f"; antes: {RULES[data['rule']][data['before']]}" if "before" in data else "")
    ),
    "rule.corrected": lambda data: f"Se corrigió una regla: {NAMES[data['rule']]}",
    "register.opened": lambda data: (
        f"Se abrió el registro de visitas: {ENVIRONMENTS[data['environment']]}"
    ),
    "register.day_closed": lambda data: (
        f"Se cerró el día {formatting.day(data['on'])} en el registro de visitas "
        f"({ENVIRONMENTS[data['environment']]}); salidas no registradas: {data['unknown']}"
    ),
    "identity.looked_up": lambda data: f"Se consultó una identidad a RENIEC: {data['purpose']}",
    "register.outage_declared": lambda data: (
        f"Se declaró un corte {_where(data)}: {_span(data)}, por {CAUSES[data['cause']].lower()}"
    ),
    "register.outage_ended": lambda data: f"Terminó un corte {_where(data)}: {_span(data)}",
    "register.outage_withdrawn": lambda data: f"Se retiró un corte {_where(data)}: {_span(data)}",
    "register.no_visits_declared": lambda data: (
        f"Se declaró sin visitas el {formatting.day(data['on'])} {_where(data)}"
    ),
    "register.no_visits_withdrawn": lambda data: (
        f"Se retiró la declaración sin visitas del {formatting.day(data['on'])} {_where(data)}"
    ),
    "register.visit_reserved": lambda data: (
        f"Se reservó una visita {_where(data)}, por {data['norm']}; "
        f"se revisa el {formatting.day(data['review_on'])}"
    ),
    "register.visit_unreserved": lambda data: f"Se levantó la reserva de una visita {_where(data)}",
    "register.past_imported": lambda data: (
        f"Se importaron {formatting.plural(data['visits'], 'visita pasada', 'visitas pasadas')} "
        f"({SOURCES[data['source']]}); ya estaban: {formatting.number(data['there'])}, "
        f"no se importaron: {formatting.number(data['refused'])}"
    ),
    "visit.unmasked": lambda data: (
        f"Se vio el documento completo de la visita {data['visit']}: {data['purpose']}"
    ),
}


def _where(data: Mapping[str, Any]) -> str:
    return f"en el registro de visitas ({ENVIRONMENTS[data['environment']]})"


def _span(data: Mapping[str, Any]) -> str:
    since = f"desde el {formatting.moment(data['from_at'])}"
    return f"{since} hasta el {formatting.moment(data['to_at'])}" if data["to_at"] else since
