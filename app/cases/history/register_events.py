"""Events of an entity's registers of visits."""

from __future__ import annotations

from app.base import formatting
from app.cases.history.event import Data, Event
from app.register.facts.values import ENVIRONMENTS, SOURCES
from app.register.registers.outages import CAUSES
from app.register.registers.rules import NAMES, RULES


def _where(data: Data) -> str:
    return f"en el registro de visitas ({ENVIRONMENTS[data['environment']]})"


def _span(data: Data) -> str:
    since = f"desde el {formatting.moment(data['from_at'])}"
    return f"{since} hasta el {formatting.moment(data['to_at'])}" if data["to_at"] else since


EVENTS = (
    Event(
        "register.source_changed",
        "registro",
        lambda data: (
            f"Las visitas se registran ahora en: {SOURCES[data['source']]} "
            f"({ENVIRONMENTS[data['environment']]}); antes, en: {SOURCES[data['before']]}"
        ),
    ),
    Event(
        "register.real_documents",
        "registro",
        lambda data: (
            "El ambiente demo acepta documentos reales"
            if data["admitted"]
            else "El ambiente demo ya no acepta documentos reales"
        ),
    ),
    Event(
        "register.export_read",
        "registro",
        lambda data: (
            f"Se leyó la exportación de {SOURCES[data['source']]} "
            f"({ENVIRONMENTS[data['environment']]}); visitas con ingreso y salida: {data['visits']}"
        ),
    ),
    Event(
        "register.stated",
        "registro",
        lambda data: (
            f"Constatación del coordinador ({ENVIRONMENTS[data['environment']]}), "
            f"porque los datos no lo muestran: {data['why']}"
        ),
    ),
    Event(
        "rule.set",
        "registro",
        lambda data: (
            f"{NAMES[data['rule']]}: {RULES[data['rule']][data['value']]}, "
            f"desde el {formatting.day(data['from_on'])} ({data['norm']})"
            + (f"; antes: {RULES[data['rule']][data['before']]}" if "before" in data else "")
        ),
    ),
    Event(
        "rule.corrected", "registro", lambda data: f"Se corrigió una regla: {NAMES[data['rule']]}"
    ),
    Event(
        "register.opened",
        "registro",
        lambda data: f"Se abrió el registro de visitas: {ENVIRONMENTS[data['environment']]}",
    ),
    Event(
        "register.day_closed",
        "registro",
        lambda data: (
            f"Se cerró el día {formatting.day(data['on'])} en el registro de visitas "
            f"({ENVIRONMENTS[data['environment']]}); salidas no registradas: {data['unknown']}"
        ),
    ),
    Event("identity.looked_up", "consultas", "Se consultó una identidad a RENIEC: {purpose}"),
    Event(
        "register.outage_declared",
        "registro",
        lambda data: (
            f"Se declaró un corte {_where(data)}: {_span(data)}, "
            f"por {CAUSES[data['cause']].lower()}"
        ),
    ),
    Event(
        "register.outage_ended",
        "registro",
        lambda data: f"Terminó un corte {_where(data)}: {_span(data)}",
    ),
    Event(
        "register.outage_withdrawn",
        "registro",
        lambda data: f"Se retiró un corte {_where(data)}: {_span(data)}",
    ),
    Event(
        "register.no_visits_declared",
        "registro",
        lambda data: f"Se declaró sin visitas el {formatting.day(data['on'])} {_where(data)}",
    ),
    Event(
        "register.no_visits_withdrawn",
        "registro",
        lambda data: (
            f"Se retiró la declaración sin visitas del {formatting.day(data['on'])} {_where(data)}"
        ),
    ),
    Event(
        "register.visit_reserved",
        "registro",
        lambda data: (
            f"Se reservó una visita {_where(data)}, por {data['norm']}; "
            f"se revisa el {formatting.day(data['review_on'])}"
        ),
    ),
    Event(
        "register.visit_unreserved",
        "registro",
        lambda data: f"Se levantó la reserva de una visita {_where(data)}",
    ),
    Event(
        "register.past_imported",
        "registro",
        lambda data: (
            "Se importaron "
            f"{formatting.plural(data['visits'], 'visita pasada', 'visitas pasadas')} "
            f"({SOURCES[data['source']]}); ya estaban: {formatting.number(data['there'])}, "
            f"no se importaron: {formatting.number(data['refused'])}"
        ),
    ),
    Event(
        "visit.unmasked",
        "consultas",
        "Se vio el documento completo de la visita {visit}: {purpose}",
    ),
)
