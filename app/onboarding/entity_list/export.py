"""The list of entities as a file: the same entities in the same order, read in batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db.membership import among
from app.base.formatting import STATES
from app.base.models import Entity, Question, Task
from app.cases import custody
from app.cases.entities import sector_name
from app.onboarding.entity_list.filters import coordinators
from app.onboarding.entity_list.rows import LEVEL_NAMES
from app.onboarding.entity_list.standing import Standing, Window, due, name_of, standings
from app.register.export.writers import BOM, fill_workbook
from app.register.facts.sql_texts import safe_cell

#: Entities read at a time.
BATCH = 250


@dataclass(frozen=True)
class Line:
    """A line of the file: where an entity stands, what is due and who is in charge."""

    here: Standing
    names: Mapping[str, str]
    #: The task or question that is due first; without a date, the next task.
    task: Task | Question | None
    due_in: int | None
    due_on: date | None

    @property
    def entity(self) -> Entity:
        """The entity of the line."""
        return self.here.entity

    def in_charge(self, user_id: int | None) -> str:
        """Return the name of a coordinator."""
        return self.names.get(str(user_id), "")

    @property
    def stage(self) -> str:
        """The stage; after the end, the name of the end."""
        return self.here.stage_name or self.here.end_name

    @property
    def held_since(self) -> datetime | None:
        """Since when the current holder has it."""
        return self.here.instance.holder_since_at if self.here.instance else None


class Column(NamedTuple):
    """A column of the file."""

    heading: str
    #: Of `fill_workbook`.
    kind: str
    value: Callable[[Line], Any]


COLUMNS = (
    Column("Código", "text", lambda line: line.entity.code),
    Column("Entidad", "text", lambda line: line.entity.name),
    Column("Sigla", "text", lambda line: line.entity.acronym),
    Column("Nivel", "text", lambda line: LEVEL_NAMES.get(line.entity.level, line.entity.level)),
    Column("Sector", "text", lambda line: sector_name(line.entity.sector)),
    Column("Región", "text", lambda line: line.entity.department),
    Column("Provincia", "text", lambda line: line.entity.province),
    Column("Distrito", "text", lambda line: line.entity.district),
    Column("Etapa", "text", lambda line: line.stage),
    Column(
        "Estado",
        "text",
        lambda line: "Sin iniciar" if line.here.state == "not_yet" else STATES[line.here.state],
    ),
    Column("En manos de", "text", lambda line: custody.label_of(line.here.holder)),
    Column("Desde", "day", lambda line: line.held_since and calendar.lima_day(line.held_since)),
    Column("Días hábiles en esas manos", "integer", lambda line: line.here.days_held),
    Column("Días hábiles en total", "integer", lambda line: line.here.days_in_all),
    Column("Qué sigue", "text", lambda line: name_of(line.task) if line.task else ""),
    Column("Vence", "day", lambda line: line.due_on),
    Column(
        "Días hábiles de atraso",
        "integer",
        lambda line: -line.due_in if line.due_in is not None and line.due_in < 0 else None,
    ),
    Column(
        "Coordinador de la SIP", "text", lambda line: line.in_charge(line.entity.sip_coordinator_id)
    ),
    Column(
        "Coordinador de la SGTD",
        "text",
        lambda line: line.in_charge(line.entity.sgtd_coordinator_id),
    ),
)
HEADINGS = tuple(column.heading for column in COLUMNS)
KINDS = tuple(column.kind for column in COLUMNS)


def as_csv(engine: Engine, ids: Sequence[int], window: Window) -> Generator[bytes, None, None]:
    """Yield CSV, headings first, read on a separate connection. No cell is a formula."""
    with db.open_session(engine, writes=False) as session:
        text = io.StringIO(BOM)
        text.seek(0, io.SEEK_END)
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(HEADINGS)
        for row in rows(session, ids, window):
            lines.writerow([safe_cell(cell) for cell in row])
            if text.tell() > 1 << 15:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode()


def as_workbook(engine: Engine, ids: Sequence[int], window: Window, file: IO[bytes]) -> None:
    """Write the same lines as a workbook."""
    with db.open_session(engine, writes=False) as session:
        fill_workbook(file, HEADINGS, KINDS, rows(session, ids, window))


def rows(session: Session, ids: Sequence[int], window: Window) -> Iterator[list[Any]]:
    """Yield the cells of these entities, in their order, with what is due within a window."""
    names, now = coordinators(session), calendar.now()
    for first in range(0, len(ids), BATCH):
        for here in standings(session, in_order(session, ids[first : first + BATCH])):
            task = here.first_due(window)
            when = due(session, task, now) if task else (None, None)
            line = Line(here, names, task or here.next_task, *when)
            yield [column.value(line) for column in COLUMNS]
        session.expunge_all()


def in_order(session: Session, ids: Sequence[int]) -> list[Entity]:
    """Return the entities with these ids, in the order of the ids."""
    found = {one.id: one for one in session.scalars(select(Entity).where(among(Entity.id, ids)))}
    return [found[entity_id] for entity_id in ids if entity_id in found]
