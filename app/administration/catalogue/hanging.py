"""What hangs on an entity, column by column, and how each goes from a duplicate to its entity.

Every foreign key to `entity` stands in `HANGING`; a test reads the tables and misses what does
not. Two tables hold an entity by its code: days decreed for it, and reminders held back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, func, select, update
from sqlalchemy.orm import Session

from app.administration.catalogue import moves
from app.administration.catalogue.moves import Merge
from app.base import formatting
from app.base.models import Base, Entity


@dataclass(frozen=True)
class Hanging:
    """A column that names an entity: what its rows are called, and how they are moved.

    `move` does what one statement for all of the rows does not; it returns the condition on
    those that stay.
    """

    singular: str
    plural: str
    move: Callable[[Merge], Any] | None = None


def column_of(key: str) -> Column[Any]:
    """The column of a key of HANGING."""
    table, _, name = key.partition(".")
    return Base.metadata.tables[table].c[name]


def count(session: Session, entity: Entity) -> dict[str, int]:
    """How many rows hang on an entity, by the keys of HANGING; one statement."""
    counts = {
        key: select(func.count()).where(column_of(key) == entity.id).scalar_subquery().label(key)
        for key in HANGING
    }
    row = session.execute(select(*counts.values())).one()
    return dict(zip(counts, row, strict=True))


def told(counts: Mapping[str, int]) -> list[str]:
    """Counts in words: "3 pasos"; what there is none of is not said."""
    return [
        formatting.plural(number, HANGING[key].singular, HANGING[key].plural)
        for key, number in counts.items()
        if number and key in HANGING
    ]


def move_all(merge: Merge) -> dict[str, int]:
    """Moves everything; how many rows of each column went along."""
    moves.copy_days(merge)
    demo_stands = merge.leads is merge.duplicate and moves.demos_of(merge) is not None
    moved = {}
    for key, hanging in HANGING.items():
        stays = hanging.move(merge) if hanging.move else None
        moved[key] = _move(merge, key, stays)
    moved["register.entity_id"] += demo_stands  # it has changed places with the other
    moves.drop_days(merge)
    moves.holds(merge)
    return moved


def _move(merge: Merge, key: str, stays: Any) -> int:
    column = column_of(key)
    merge.session.flush()
    statement = update(column.table).where(column == merge.duplicate.id)
    if stays is not None:
        statement = statement.where(~stays)
    done = merge.session.execute(statement.values({column: merge.kept.id}))
    return int(done.rowcount)  # type: ignore[attr-defined]  # of a CursorResult


#: In the order in which they go: people first, since tasks go back to their lanes; the log last.
HANGING: Mapping[str, Hanging] = {
    "grant.entity_id": Hanging("función de una persona", "funciones de personas", moves.people),
    "process_instance.entity_id": Hanging("proceso", "procesos", moves.onboardings),
    "task.entity_id": Hanging("paso", "pasos"),
    "record.entity_id": Hanging("versión de sus datos", "versiones de sus datos", moves.versions),
    "filing.entity_id": Hanging("presentación", "presentaciones"),
    "file_use.entity_id": Hanging("archivo", "archivos"),
    "register.entity_id": Hanging(
        "ambiente del registro de visitas", "ambientes del registro de visitas", moves.registers
    ),
    "link_check.entity_id": Hanging("consulta a su sitio web", "consultas a su sitio web"),
    "mail.entity_id": Hanging("correo", "correos"),
    "incoming.entity_id": Hanging("correo recibido", "correos recibidos"),
    "meeting.entity_id": Hanging("sesión en calendarios", "sesiones en calendarios"),
    "notice.entity_id": Hanging("aviso a coordinadores", "avisos a coordinadores", moves.waiting),
    "planned_start.entity_id": Hanging("inicio previsto", "inicios previstos", moves.plans),
    "ticket.entity_id": Hanging("código o invitación", "códigos e invitaciones", moves.codes),
    "batch_row.entity_id": Hanging("fila de un acto masivo", "filas de actos masivos"),
    "entity.merged_into_id": Hanging("duplicado suyo", "duplicados suyos"),
    "log.entity_id": Hanging("acto del historial", "actos del historial", moves.acts),
}
