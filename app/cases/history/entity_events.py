"""Events of entities and of what they share: catalogue, calendar, bulk acts, mail domains."""

from __future__ import annotations

from app.base import formatting
from app.cases.entities import dependents_in_words
from app.cases.history.event import Data, Event, Sentence
from app.people import access


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


EVENTS = (
    Event("entity.changed", "datos", "Cambiaron los datos de la entidad"),
    Event("entity.answer_changed", "datos", "Cambió lo que la entidad había respondido"),
    Event("entity.contact_changed", "datos", "Cambió el contacto de la entidad"),
    Event(
        "entity.ruc_shared",
        "datos",
        lambda data: (
            f"Se confirmó que comparte el RUC {data['ruc']} con {formatting.listed(data['others'])}"
        ),
    ),
    Event(
        "entity.merged",
        "datos",
        lambda data: (
            f"{data['duplicate']} se unió a {data['kept']}, con todo lo suyo: "
            + formatting.listed(dependents_in_words(data["moved"]))
        ),
    ),
    Event(
        "entity.coordinator_assigned",
        "personas",
        lambda data: (
            f"{access.ROLES[data['role']].name} a cargo: "
            f"{data.get('old_person') or 'nadie'} → {data['person'] or 'nadie'}"
        ),
    ),
    Event("mandate.added", "plazos", _mandate("Se agregó un mandato")),
    Event("mandate.corrected", "plazos", _mandate("Se corrigió un mandato")),
    Event("mandate.removed", "plazos", _mandate("Se quitó un mandato")),
    Event(
        "mandate.notified",
        "correos",
        lambda data: f"Se avisó que el mandato termina el {formatting.day(data['ends_on'])}",
    ),
    Event(
        "mandate.holders_ended",
        "datos",
        lambda data: (
            f"Terminó el mandato el {formatting.day(data['ends_on'])}: dejaron su cargo "
            + formatting.plural(data["holders"], "persona elegida", "personas elegidas")
        ),
    ),
    Event(
        "mandate.holders_continue",
        "datos",
        lambda data: (
            "La autoridad continúa: siguen en su cargo "
            + formatting.plural(data["holders"], "persona elegida", "personas elegidas")
        ),
    ),
    Event("calendar.day_added", "plazos", _calendar_day("Se agregó al calendario")),
    Event("calendar.day_removed", "plazos", _calendar_day("Se quitó del calendario")),
    Event(
        "entity.activated", "datos", "{person} ingresó con el código de activación", earlier=True
    ),
    Event(
        "domain.rests",
        "correos",
        lambda data: (
            f"Los envíos a {data['domain']} quedaron en reposo: "
            f"volvieron {formatting.number(data['hard'])} de "
            f"{formatting.plural(data['sent'], 'correo', 'correos')}"
        ),
    ),
    Event("domain.resumed", "correos", "Se volvió a enviar a {domain}"),
    Event(
        "catalogue.imported",
        "datos",
        lambda data: (
            f"Se importaron entidades al catálogo: {formatting.number(data['added'])} nuevas, "
            f"{formatting.number(data['updated'])} con cambios"
        ),
    ),
    Event("batch.checked", "lotes", _batch("Se revisó")),
    Event("batch.confirmed", "lotes", _batch("Se confirmó")),
    Event("batch.stopped", "lotes", _batch("Se detuvo")),
    Event("batch.discarded", "lotes", _batch("Se descartó")),
)
