"""The changes of a log entry in words: field, old and new value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.base import formatting
from app.people import access

PEOPLE: Mapping[str, str] = {
    "authority": "máxima autoridad",
    "holder": "administrador",
    "alternate": "alterno",
}
#: The compared values of each of them (`app.cases.records.replaced`).
PERSON_FIELDS: Mapping[str, str] = {
    "post": "puesto",
    "unit": "unidad",
    "email": "correo",
    "phone": "teléfono",
    "since_on": "desde",
    "link_until_on": "fin del vínculo",
    "document": "documento",
}
FIELDS: Mapping[str, str] = {
    "ruc": "RUC",
    "address": "dirección",
    "ubigeo": "ubigeo",
    "website": "sitio web",
    "website_kind": "lugar de publicación",
    "phone": "teléfono",
    "has_register": "registro propio",
    "level": "nivel",
    "kind": "tipo",
    "origin": "fuente del catálogo",
    "sector": "sector",
    "due_on": "vencimiento",
    "contact_email": "correo de la mesa de partes",
    "contact_authority": "máxima autoridad",
    "contact_source": "fuente del contacto",
    "contact_on": "fecha del contacto",
    "name": "nombre",
    "acronym": "sigla",
    "department": "región",
    "province": "provincia",
    "district": "distrito",
    "extinct_on": "extinguida desde",
    "extinct_norm": "norma de la extinción",
    "active": "en el ámbito del registro",
    # Answers that replace earlier ones.
    **PEOPLE,
    **{
        f"{key}_{name}": f"{title}, {what}"
        for key, title in PEOPLE.items()
        for name, what in PERSON_FIELDS.items()
    },
    "roster": "personal",
    "decision_makers": "puestos con decisión pública",
    "go_live_on": "puesta en producción",
    "link": "enlace",
    # Constancias of presentations.
    "receipt": "número de la constancia",
    "presented_at": "presentada",
    # Sessions, registers and accounts.
    "begins_at": "día y hora",
    "minutes": "minutos",
    "place": "lugar",
    "source_address": "dirección del registro",
    "email": "correo",
    "own_phone": "teléfono",
    "second_hand": "de segunda mano",
    "source": "fuente",
    "norm": "norma",
    "from_on": "desde",
}


def describe(changed: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return each change as `teléfono: (vacío) → 01 000 0000`."""
    return [
        f"{FIELDS.get(name, name)}: {_value(name, old)} → {_value(name, new)}"
        for name, (old, new) in changed.items()
    ]


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return _rows(value)
    if isinstance(value, bool):
        return "sí" if value else "no"
    text = str(value)
    if name == "ruc":
        return access.masked_ruc(text) or "(vacío)"
    if name.endswith("_on"):
        return formatting.day(text) or "(vacío)"
    if name.endswith("_at"):
        return formatting.moment(text) or "(vacío)"
    return text or "(vacío)"


def _rows(found: Mapping[str, int]) -> str:
    """Return the length of a list and, of a new list, how many rows were added and so on."""
    text = formatting.plural(found["rows"], "fila", "filas")
    parts = [
        formatting.plural(found[name], one, many)
        for name, one, many in (
            ("added", "nueva", "nuevas"),
            ("removed", "quitada", "quitadas"),
            ("corrected", "corregida", "corregidas"),
        )
        if found.get(name)
    ]
    return f"{text} ({formatting.listed(parts)})" if parts else text
