"""The list of entities as a file: the same ones in the same order, some at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.formatting import STATES
from app.base.models import Entity, Task
from app.cases import custody
from app.cases.entities import LEVELS, sector_name
from app.onboarding.entity_list.choices import Choices
from app.onboarding.entity_list.standing import Standing, Window, standings
from app.onboarding.tasks import task_view
from app.register.export.writers import BOM, fill_workbook
from app.register.facts.sql_texts import FORMULA_SIGNS

#: Entities that are read at a time.
BATCH = 250
LEVEL_NAMES = dict(LEVELS)


@dataclass(frozen=True)
class Line:
    """An entity in a file: where it stands, what is due and who is in charge."""

    here: Standing
    names: Mapping[str, str]
    #: What is due first, or is to be done without a date.
    task: Task | None
    due_in: int | None
    due_on: date | None

    @property
    def entity(self) -> Entity:
        """Whose line it is."""
        return self.here.entity

    def in_charge(self, user_id: int | None) -> str:
        """A coordinator by name."""
        return self.names.get(str(user_id), "")

    @property
    def stage(self) -> str:
        """The stage, or how the path ended."""
        here = self.here
        return here.stage_name or (here.instance.end_name if here.instance else "")

    @property
    def held_since(self) -> datetime | None:
        """Since when it is in the same hands."""
        return self.here.instance.holder_since_at if self.here.instance else None


#: Heading, kind (of `fill_workbook`) and value of each column.
COLUMNS: tuple[tuple[str, str, Callable[[Line], Any]], ...] = (
    ("Código", "text", lambda line: line.entity.code),
    ("Entidad", "text", lambda line: line.entity.name),
    ("Sigla", "text", lambda line: line.entity.acronym),
    ("Nivel", "text", lambda line: LEVEL_NAMES.get(line.entity.level, line.entity.level)),
    ("Sector", "text", lambda line: sector_name(line.entity.sector)),
    ("Región", "text", lambda line: line.entity.department),
    ("Provincia", "text", lambda line: line.entity.province),
    ("Distrito", "text", lambda line: line.entity.district),
    ("Etapa", "text", lambda line: line.stage),
    (
        "Estado",
        "text",
        lambda line: STATES[line.here.state] if line.here.instance else "Sin iniciar",
    ),
    ("En manos de", "text", lambda line: custody.label_of(line.here.holder)),
    ("Desde", "day", lambda line: line.held_since and calendar.lima_day(line.held_since)),
    ("Días hábiles en esas manos", "integer", lambda line: line.here.days_held),
    ("Días hábiles en total", "integer", lambda line: line.here.days_in_all),
    ("Qué sigue", "text", lambda line: line.task.name if line.task else ""),
    ("Vence", "day", lambda line: line.due_on),
    (
        "Días hábiles de atraso",
        "integer",
        lambda line: -line.due_in if line.due_in is not None and line.due_in < 0 else None,
    ),
    ("Coordinador de la SIP", "text", lambda line: line.in_charge(line.entity.sip_coordinator_id)),
    (
        "Coordinador de la SGTD",
        "text",
        lambda line: line.in_charge(line.entity.sgtd_coordinator_id),
    ),
)
NAMES = tuple(name for name, _, _ in COLUMNS)
KINDS = tuple(kind for _, kind, _ in COLUMNS)


def as_csv(engine: Engine, ids: Sequence[int], window: Window) -> Generator[bytes, None, None]:
    """Lines of CSV, headings first, on a connection of their own; no cell is a formula."""
    with db.open_session(engine, writes=False) as session:
        text = io.StringIO(BOM)
        text.seek(0, io.SEEK_END)
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(NAMES)
        for row in rows(session, ids, window):
            lines.writerow([safe(cell) for cell in row])
            if text.tell() > 1 << 15:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode()


def as_workbook(engine: Engine, ids: Sequence[int], window: Window, file: IO[bytes]) -> None:
    """Writes the same as a workbook."""
    with db.open_session(engine, writes=False) as session:
        fill_workbook(file, NAMES, KINDS, rows(session, ids, window))


def rows(session: Session, ids: Sequence[int], window: Window) -> Iterator[list[Any]]:
    """The cells of each of these entities, in their order, with what is due within a window."""
    names, now = Choices.read(session).options["coordinador"], calendar.now()
    for first in range(0, len(ids), BATCH):
        for here in standings(session, in_order(session, ids[first : first + BATCH])):
            task = here.first_due(window)
            due = task_view.due(session, task, now) if task else (None, None)
            line = Line(here, names, task or here.next_task, *due)
            yield [value(line) for _, _, value in COLUMNS]
        session.expunge_all()


def in_order(session: Session, ids: Sequence[int]) -> list[Entity]:
    """The entities of these ids, in the order of the ids."""
    found = {one.id: one for one in session.scalars(select(Entity).where(Entity.id.in_(ids)))}
    return [found[entity_id] for entity_id in ids if entity_id in found]


def safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (CWE-1236): such a text begins with '."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
