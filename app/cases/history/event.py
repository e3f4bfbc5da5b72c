"""What the catalogue declares of an event: its kind in the log, its group and its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: The values of a log entry. `file_name` is always among them.
Data = Mapping[str, Any]
Sentence = Callable[[Data], str]

#: The groups by which the history is filtered: value in the URL → label.
GROUPS: Mapping[str, str] = {
    "plazos": "Plazos y calendario",
    "pasos": "Pasos",
    "permisos": "Permisos para decidir",
    "etapas": "Etapas y procesos",
    "fallas": "Fallas del sistema",
    "documentos": "Documentos",
    "consultas": "Consultas de datos",
    "personas": "Personas y accesos",
    "preguntas": "Consultas a la PCM y ayuda",
    "correos": "Correos y recordatorios",
    "sesiones": "Sesiones",
    "datos": "Datos de la entidad",
    "lotes": "Actos sobre muchas entidades",
    "registro": "Registro de visitas",
}


@dataclass(frozen=True)
class Event:
    """A kind of log entry (`LogEntry.kind`), the group it is filtered by, and its sentence.

    The sentence is a function of the entry's values, or a template that names them in braces.
    `earlier`: only earlier releases wrote it.
    """

    kind: str
    group: str
    sentence: Sentence | str
    earlier: bool = False

    def text(self, data: Data) -> str:
        """Return the sentence of an entry with these values, in Spanish."""
        if isinstance(self.sentence, str):
            return self.sentence.format_map(data)
        return self.sentence(data)
