"""Events of an entity's registers of visits."""

from __future__ import annotations

from app.base import formatting
from app.cases.history.event import Data, Sentence, events, filled
from app.register.facts.values import ENVIRONMENTS
from app.register.registers.outages import CAUSES
from app.register.registers.rules import NAMES, RULES
from app.register.suppression import deciders
from forms.shapes.register_figures import month_name

WHERE = "en el registro de visitas ({environment:environment})"


def _outage(verb: str, *, with_cause: bool = False) -> Sentence:
    """Return a sentence about an outage, with its register and its span."""

    def say(data: Data) -> str:
        span = f"desde el {formatting.moment(data['from_at'])}"
        span += f" hasta el {formatting.moment(data['to_at'])}" if data["to_at"] else ""
        cause = f", por {CAUSES[data['cause']].lower()}" if with_cause else ""
        where = f"en el registro de visitas ({ENVIRONMENTS[data['environment']]})"
        return f"{verb} un corte {where}: {span}{cause}"

    return say


def _month_mailed(data: Data) -> str:
    """Return the sentence that the figures of a month were mailed, and to which people."""
    figures = f"las cifras de {month_name(data['month'])} del registro"
    if not data["mails"]:
        return f"Ningún correo llega a la entidad: no se le escribió sobre {figures}"
    administrator = data.get("lane", "administrator") == "administrator"
    reader = "al administrador" if administrator else "a quien prepara la designación"
    return f"Se escribió {reader} sobre {figures}"


def _decided(template: str) -> Sentence:
    """Return a sentence about a decision, with why the SIP took it in place of the entity."""

    def say(data: Data) -> str:
        why = data.get("instead")
        place = f"; decidió la SIP: {deciders.INSTEAD[why]}" if why else ""
        return filled(template, data) + place

    return say


EVENTS = events(
    {
        "registro": {
            "register.source_changed": "Las visitas se registran ahora en: {source:source} "
            "({environment:environment}); antes, en: {before:source}",
            "register.real_documents": lambda data: (
                "El ambiente demo acepta documentos reales"
                if data["admitted"]
                else "El ambiente demo ya no acepta documentos reales"
            ),
            "register.export_read": "Se leyó la exportación de {source:source} "
            "({environment:environment}); visitas con ingreso y salida: {visits}",
            "register.stated": "Constatación del coordinador ({environment:environment}), "
            "porque los datos no lo muestran: {why}",
            "rule.set": lambda data: (
                f"{NAMES[data['rule']]}: {RULES[data['rule']][data['value']]}, "
                f"desde el {formatting.day(data['from_on'])} ({data['norm']})"
                + (f"; antes: {RULES[data['rule']][data['before']]}" if "before" in data else "")
            ),
            "rule.corrected": lambda data: f"Se corrigió una regla: {NAMES[data['rule']]}",
            "register.opened": "Se abrió el registro de visitas: {environment:environment}",
            "register.day_closed": f"Se cerró el día {{on:day}} {WHERE}; "
            "salidas no registradas: {unknown}",
            "register.outage_declared": _outage("Se declaró", with_cause=True),
            "register.outage_ended": _outage("Terminó"),
            "register.outage_withdrawn": _outage("Se retiró"),
            "register.no_visits_declared": f"Se declaró sin visitas el {{on:day}} {WHERE}",
            "register.no_visits_withdrawn": "Se retiró la declaración sin visitas "
            f"del {{on:day}} {WHERE}",
            "register.visit_reserved": f"Se reservó una visita {WHERE}, por {{norm}}; "
            "se revisa el {review_on:day}",
            "register.visit_unreserved": f"Se levantó la reserva de una visita {WHERE}",
            "register.visit_hidden": _decided(
                f"Se ocultó una visita {WHERE} mientras se decide sobre sus datos "
                "({ground:ground})"
            ),
            "register.visit_shown_again": _decided(
                f"Se decidió mostrar otra vez una visita {WHERE}"
            ),
            "register.visit_suppressed": _decided(
                f"Se suprimieron datos personales de la visita {{visit}} {WHERE} "
                "({ground:ground})"
            ),
            "register.none_suppressed": "Quien opera la plataforma declaró que nada se había "
            "suprimido antes de la restauración",
            "register.rights_requested": "Una persona pidió a la entidad: {request:request}",
            "register.rights_answered": _decided(
                "Se respondió el pedido de una persona: {request:request}"
            ),
            "register.month_mailed": _month_mailed,
            "register.baseline_imported": "Se importaron {visits:visita|visitas} de la plataforma "
            "oficial, corte al {cut_off_on:day}; ya estaban: {there:number}, no se importaron: "
            "{refused:number}",
            "register.past_imported": "Se importaron {visits:visita pasada|visitas pasadas} "
            "({source:source}); ya estaban: {there:number}, no se importaron: {refused:number}",
        },
        "consultas": {
            "visit.unmasked": lambda data: (
                f"Se vio el documento completo de la visita {data['visit']}: "
                f"{data.get('purpose', 'texto suprimido')}"
            ),
        },
    }
)
