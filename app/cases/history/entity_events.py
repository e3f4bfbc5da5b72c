"""Events of entities and of what they share: catalogue, calendar, bulk acts, mail domains."""

from __future__ import annotations

from app.base import formatting
from app.cases.history.event import Data, Event, Sentence, events
from app.people import access
from app.register.suppression.fields import REASONS


def _calendar_day(verb: str) -> Sentence:
    """Return a sentence about an added or removed non-working day, with the terms it moved."""
    places = {"national": "todo el país", "region": "la región", "entity": "la entidad"}

    def say(data: Data) -> str:
        where = f"{places[data['scope']]} {data['place']}".strip()
        text = f"{verb} el {formatting.weekday(data['on'])}, para {where} ({data['norm']})"
        moved = formatting.plural(data["terms"], "plazo abierto", "plazos abiertos")
        return f"{text}: cambió la fecha de {moved}" if data["terms"] else text

    return say


def _mandate(verb: str) -> Sentence:
    """Return a sentence about a row of the table of mandates."""

    def say(data: Data) -> str:
        where = f"{formatting.entity_kind(data['level'])} {data['ubigeo']}".strip()
        days = f"del {formatting.day(data['from_on'])} al {formatting.day(data['to_on'])}"
        return f"{verb}: {where}, {days} ({data['norm']})"

    return say


def _batch(verb: str) -> Sentence:
    def say(data: Data) -> str:
        text = f"{verb} el lote {data['batch']}: {data['batch_kind']}"
        rows = data.get("rows")
        return f"{text} ({formatting.plural(rows, 'fila', 'filas')})" if rows is not None else text

    return say


def _by_norm(data: Data) -> str:
    """Return the norm of a change and the day from which it applies; "" for other changes."""
    if "norm" not in data:
        return ""
    reason = f"por {data['norm']}" if data["norm"] else "por ser un duplicado"
    return f", desde el {formatting.day(data['on'])}, {reason}"


def _people_changed(data: Data) -> str:
    """Return the effects of a change of the register's people, without names."""
    counts = (
        ("people", "persona que llega o cambia", "personas que llegan o cambian"),
        ("left", "persona que se va", "personas que se van"),
        ("posts", "cargo o titular", "cargos o titulares"),
        ("places", "unidad o sede", "unidades o sedes"),
    )
    found = [(data.get(key, 0), one, many) for key, one, many in counts]
    said = [formatting.plural(count, one, many) for count, one, many in found if count]
    return f"Rigen los cambios del personal: {formatting.listed(said)}"


EVENTS = (
    Event("personnel.changed", "datos", _people_changed),
    *events(
        {
            "datos": {
                "entity.changed": lambda data: f"Cambiaron los datos de la entidad{_by_norm(data)}",
                "entity.created": lambda data: f"Se agregó al catálogo{_by_norm(data)}",
                "entity.extinguished": lambda data: (
                    f"La entidad se extinguió{_by_norm(data)}"
                    + (f"; la absorbió {data['successor']}" if data["successor"] else "")
                ),
                "entity.absorbed": lambda data: f"Absorbió a {data['absorbed']}{_by_norm(data)}",
                "entity.answer_changed": "Cambió lo que la entidad había respondido",
                "entity.contact_changed": "Cambió el contacto de la entidad",
                "entity.ruc_shared": "Se confirmó que comparte el RUC {ruc} con {others:listed}",
                "protection.suppressed": lambda data: (
                    "Se suprimieron datos personales en "
                    f"{formatting.plural(len(data['rows']), 'fila', 'filas')} "
                    f"({REASONS[data['reason']].lower()})"
                ),
                "protection.restored": "Se restauró la base de datos, con los datos hasta el "
                "{until:moment}",
                "catalogue.imported": "Se importaron entidades al catálogo: {added:number} nuevas, "
                "{updated:number} con cambios",
            },
            "personas": {
                "entity.coordinator_assigned": lambda data: (
                    f"{access.ROLES[data['role']].name} a cargo: "
                    f"{data['old_person'] or 'nadie'} → {data['person'] or 'nadie'}"
                ),
            },
            "plazos": {
                "mandate.added": _mandate("Se agregó un mandato"),
                "mandate.corrected": _mandate("Se corrigió un mandato"),
                "mandate.removed": _mandate("Se quitó un mandato"),
                "mandate.notified": lambda data: (
                    f"Se avisó que el mandato termina el {formatting.day(data['ends_on'])}"
                ),
                "mandate.proclaimed": lambda data: (
                    "Una lista de proclamados dice quién será la autoridad, desde el "
                    f"{formatting.day(data['from_on'])} ({data['source']})"
                ),
                "mandate.renewed": lambda data: (
                    "La autoridad fue reelegida: su periodo empieza el "
                    + formatting.day(data["from_on"])
                ),
                "mandate.holders_ended": lambda data: (
                    f"Terminó el mandato el {formatting.day(data['ends_on'])}: dejaron su cargo "
                    + formatting.plural(data["holders"], "persona elegida", "personas elegidas")
                ),
                "mandate.holders_continue": lambda data: (
                    "La autoridad continúa: siguen en su cargo "
                    + formatting.plural(data["holders"], "persona elegida", "personas elegidas")
                ),
                "calendar.day_added": _calendar_day("Se agregó al calendario"),
                "calendar.day_removed": _calendar_day("Se quitó del calendario"),
                "calendar.year_named": lambda data: (
                    f"El nombre oficial de {data['year']} es «{data['name']}» ({data['norm']})"
                    if data["name"]
                    else f"Se quitó el nombre oficial de {data['year']}"
                ),
            },
            "correos": {
                "domain.rests": "Los envíos a {domain} quedaron en reposo: "
                "volvieron {hard:number} de {sent:correo|correos}",
                "domain.resumed": "Se volvió a enviar a {domain}",
            },
            "sesiones": {
                "material.published": "Se publicó el material {name}, versión {version:number}",
                "material.withdrawn": "Se retiró el material {name}, versión {version:number}",
            },
            "lotes": {
                "batch.checked": _batch("Se revisó"),
                "batch.confirmed": _batch("Se confirmó"),
                "batch.stopped": _batch("Se detuvo"),
                "batch.discarded": _batch("Se descartó"),
                "migration.rehearsed": "Se empezó el ensayo de pasar {cases:caso|casos} a la "
                "versión {version}",
                "migration.decided": "Se decidió dónde siguen casos de la migración "
                "{migration}: {questions:respuesta|respuestas}",
                "migration.applied": "Se confirmó el lote {batch} de la migración {migration}, "
                "de {cases:caso|casos}",
                "migration.stopped": "Se detuvo el lote {batch} de la migración {migration}: "
                "{cases:caso quedó|casos quedaron} en su versión",
                "migration.returned": "Se pidió volver atrás {cases:caso|casos} del lote "
                "{batch} de la migración {migration}",
                "migration.closed": "Se cerró la migración {migration}",
                "baseline.read": "Se leyó un archivo de la plataforma oficial, corte al "
                "{cut_off_on:day}: {names:nombre|nombres}, {rows:fila|filas}",
                "baseline.name_chosen": "Se decidió qué entidad es «{name}» en la plataforma "
                "oficial",
            },
        }
    ),
)
