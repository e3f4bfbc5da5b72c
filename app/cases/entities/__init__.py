"""The names and order of entities: levels of government, sectors, dependent rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.formatting import plain
from app.base.models import Base, Entity

LEVELS = (("nacional", "Nacional"), ("regional", "Regional"), ("local", "Local"))


@lru_cache(maxsize=50_000)  # a list of more names than this would find none of them
def compared_as(text: str) -> str:
    """Return the sort key of a name: the same on both databases, without accents and capitals."""
    return plain(text)


def sector_name(text: str) -> str:
    """Return a sector as pages show it; the catalogue writes it in capitals."""
    return text.capitalize()


def extinction(entity: Entity) -> str:
    """Return how an extinct entity ended: "Absorbida por …"; "" for one that exists."""
    if entity.extinct_on is None:
        return ""
    if (successor := entity.successor) is not None:
        return f"Absorbida por {successor.name}"
    return f"Extinguida el {formatting.short_day(entity.extinct_on)}"


class Dependent(NamedTuple):
    """The names of the rows of a column that refers to an entity, singular and plural."""

    singular: str
    plural: str


#: Every foreign key to `entity`, in the order in which a merge moves them: people first, since
#: tasks go back to their lanes; the log last.
DEPENDENTS: Mapping[str, Dependent] = {
    "grant.entity_id": Dependent("función de una persona", "funciones de personas"),
    "process_instance.entity_id": Dependent("proceso", "procesos"),
    "task.entity_id": Dependent("paso", "pasos"),
    "record.entity_id": Dependent("versión de sus datos", "versiones de sus datos"),
    "filing.entity_id": Dependent("presentación", "presentaciones"),
    "file_use.entity_id": Dependent("archivo", "archivos"),
    "issued_paper.entity_id": Dependent("documento emitido", "documentos emitidos"),
    "question.entity_id": Dependent("consulta", "consultas"),
    "note.entity_id": Dependent("nota interna", "notas internas"),
    "register.entity_id": Dependent(
        "ambiente del registro de visitas", "ambientes del registro de visitas"
    ),
    "link_check.entity_id": Dependent("consulta a su sitio web", "consultas a su sitio web"),
    "mail.entity_id": Dependent("correo", "correos"),
    "incoming.entity_id": Dependent("correo recibido", "correos recibidos"),
    "meeting.entity_id": Dependent("sesión en calendarios", "sesiones en calendarios"),
    "departure.entity_id": Dependent("aviso de dejar la función", "avisos de dejar la función"),
    "notice.entity_id": Dependent("aviso a coordinadores", "avisos a coordinadores"),
    "planned_start.entity_id": Dependent("inicio previsto", "inicios previstos"),
    "ticket.entity_id": Dependent("código o invitación", "códigos e invitaciones"),
    "mandate_end.entity_id": Dependent("fin de mandato", "fines de mandato"),
    "batch_row.entity_id": Dependent("fila de un acto masivo", "filas de actos masivos"),
    "baseline_name.entity_id": Dependent(
        "nombre en la plataforma oficial", "nombres en la plataforma oficial"
    ),
    "data_breach.entity_id": Dependent(
        "incidente de datos personales", "incidentes de datos personales"
    ),
    "entity_name.entity_id": Dependent("nombre recordado", "nombres recordados"),
    "entity.merged_into_id": Dependent("duplicado suyo", "duplicados suyos"),
    "entity.successor_id": Dependent("entidad que absorbió", "entidades que absorbió"),
    "log.entity_id": Dependent("acto del historial", "actos del historial"),
}


def dependent_column(key: str) -> Column[Any]:
    """Return the column of a key of DEPENDENTS."""
    table, _, name = key.partition(".")
    return Base.metadata.tables[table].c[name]


def count_dependents(session: Session, entity: Entity) -> dict[str, int]:
    """Count the rows that depend on an entity, by the keys of DEPENDENTS; one statement."""
    counts = {}
    for key in DEPENDENTS:
        rows = select(func.count()).where(dependent_column(key) == entity.id)
        counts[key] = rows.scalar_subquery().label(key)
    row = session.execute(select(*counts.values())).one()
    return dict(zip(counts, row, strict=True))


def dependents_in_words(counts: Mapping[str, int]) -> list[str]:
    """Return counts in words ("3 pasos"), without those that are zero or unknown."""
    return [
        formatting.plural(number, *DEPENDENTS[key])
        for key, number in counts.items()
        if number and key in DEPENDENTS
    ]
