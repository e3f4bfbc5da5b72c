"""The declaration of an event in the catalogue: its kind in the log, its group, its sentence."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.base import formatting
from app.people import access, readings
from app.register.facts.values import ENVIRONMENTS, SOURCES
from app.register.suppression import requests
from app.register.suppression.fields import GROUNDS

#: The values of a log entry. `file_name` is always among them.
Data = Mapping[str, Any]
Sentence = Callable[[Data], str]

#: The group of readings by an entity's own people: shown only where it is chosen, as it would hide
#: what happened.
READINGS = "lecturas"
#: The groups by which the history is filtered: value in the URL → label.
GROUPS: Mapping[str, str] = {
    "plazos": "Plazos y calendario",
    "pasos": "Pasos",
    "permisos": "Permisos para decidir",
    "etapas": "Etapas y procesos",
    "fallas": "Fallas del sistema",
    "documentos": "Documentos",
    "consultas": "Consultas de datos",
    READINGS: "Lecturas de datos en la entidad",
    "personas": "Personas y accesos",
    "preguntas": "Consultas a la PCM y ayuda",
    "correos": "Correos y recordatorios",
    "sesiones": "Sesiones",
    "datos": "Datos de la entidad",
    "lotes": "Actos sobre muchas entidades",
    "registro": "Registro de visitas",
}


#: A format that a template may put after a value's name, as in `{on:day}` → its function.
FORMATS: Mapping[str, Callable[[Any], str]] = {
    "day": formatting.day,
    "ground": lambda ground: GROUNDS[ground].lower(),
    "environment": ENVIRONMENTS.__getitem__,
    "listed": formatting.listed,
    "moment": formatting.moment,
    "number": formatting.number,
    "or nothing": lambda text: text or "(vacío)",
    "request": lambda kind: requests.KINDS[kind].lower(),
    "role": lambda role: access.ROLES[role].name,
    "source": SOURCES.__getitem__,
    "page": lambda kind: readings.KINDS[kind].name,
}


class _Template(string.Formatter):
    """Templates with FORMATS, and with counts as in `{rows:fila|filas}`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            return formatting.plural(value, *format_spec.split("|"))
        return FORMATS[format_spec](value) if format_spec else str(value)


def filled(template: str, data: Data) -> str:
    """Return a template with the values that it names."""
    return _Template().vformat(template, (), data)


@dataclass(frozen=True)
class Event:
    """A kind of log entry (`LogEntry.kind`), the group it is filtered by, and its sentence.

    The sentence is a function of the entry's values, or a template that names them in braces.
    """

    kind: str
    group: str
    sentence: Sentence | str

    def text(self, data: Data) -> str:
        """Return the sentence of an entry with these values, in Spanish."""
        if isinstance(self.sentence, str):
            return filled(self.sentence, data)
        return self.sentence(data)


def events(sentences: Mapping[str, Mapping[str, Sentence | str]]) -> tuple[Event, ...]:
    """Return the events of a table: group → kind → sentence."""
    return tuple(
        Event(kind, group, sentence)
        for group, of_group in sentences.items()
        for kind, sentence in of_group.items()
    )
