"""The dry run: a file, or a list that was frozen, becomes rows that say what will be done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, files, formatting
from app.base.models import Batch, BatchRow, Entity
from app.onboarding.batches import table
from app.onboarding.batches.kinds import CODE, IN_FULL, Data, Kind, Plan, Refused
from forms.fields.tables import is_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Codes that are asked of the database at once.
AT_ONCE = 500


@dataclass(frozen=True)
class Upload:
    """A file as it came: its bytes, its name, its rows, and what else it says by code."""

    content: bytes
    name: str
    lines: Sequence[table.Line]
    beside: Mapping[str, Data]

    @classmethod
    def of(cls, kind: Kind, content: bytes, name: str) -> Upload:
        """Opens a file. Raises table.Unreadable, whose text is for people."""
        lines = table.read(kind, content, name)
        return cls(content, files.safe_name(name), lines, kind.beside(content))


@dataclass
class _Row:
    """A row on its way into the database."""

    number: int
    entity: Entity | None
    data: Data = field(default_factory=dict)
    plan: Plan | None = None


@dataclass(frozen=True)
class Looked:
    """A dry run that is not kept yet: the batch, its rows, and the file that they came in."""

    kind: Kind
    batch: Batch
    rows: Sequence[_Row]
    content: bytes = b""


def look_at_file(
    session: Session,
    kind: Kind,
    upload: Upload,
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> Looked:
    """Looks at each row of a file, which may take half a minute; reads alone, and keeps nothing.

    `data` is what holds for all rows. What was done with the very same file before is not done
    again.
    """
    sha256 = hashlib.sha256(upload.content).hexdigest()
    batch = _new(kind, by_id, data, file_name=upload.name, sha256=sha256)
    before = done_with(session, batch)
    known = _by_code(session, (line.cells[CODE.key].upper() for line in upload.lines))
    seen: dict[int, int] = {}
    rows = [_read(kind, line, known, seen, before) for line in upload.lines]
    for row in rows:
        if row.plan is None and row.entity is not None:
            row.data |= upload.beside.get(row.entity.code, {})
    return Looked(kind, batch, _looked_at(session, kind, batch, rows), upload.content)


def look_at_list(
    session: Session,
    kind: Kind,
    entities: Sequence[Entity],
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> Looked:
    """Looks at each entity of a list, in its order; reads alone, and keeps nothing."""
    batch = _new(kind, by_id, data)
    rows = [_Row(number, entity) for number, entity in enumerate(entities, 1)]
    return Looked(kind, batch, _looked_at(session, kind, batch, rows))


def from_list(
    session: Session,
    kind: Kind,
    entities: Sequence[Entity],
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> Batch:
    """Freezes a list of entities, in its order, and looks at each. Flushes."""
    return keep(session, look_at_list(session, kind, entities, by_id, data))


def _new(kind: Kind, by_id: int, data: Mapping[str, Any] | None, **values: Any) -> Batch:
    return Batch(
        kind=kind.id, created_at=calendar.now(), by_id=by_id, data=dict(data or {}), **values
    )


def _read(
    kind: Kind,
    line: table.Line,
    known: Mapping[str, Entity],
    seen: dict[int, int],
    before: Mapping[int, BatchRow],
) -> _Row:
    """A line as far as it can be told without the database; `seen` are entities by line."""
    code = line.cells[CODE.key].upper()
    entity = known.get(code)
    row = _Row(line.number, entity)
    if entity is None:
        told = f"No hay ninguna entidad con el código {code[:20]}." if code else "Falta el código."
        row.plan = Plan("refused", told)
    elif entity.id in seen:
        row.plan = Plan("refused", f"Repite la entidad de la fila {seen[entity.id]}.")
    elif line.number in before:
        at = formatting.day(before[line.number].done_at)
        row.plan = Plan("same", f"Ya se hizo con este mismo archivo, el {at}.")
    else:
        try:
            row.data = kind.read(line.cells)
        except Refused as fault:
            row.plan = Plan("refused", str(fault))
    if entity is not None:
        seen.setdefault(entity.id, line.number)
    return row


def _looked_at(session: Session, kind: Kind, batch: Batch, rows: Sequence[_Row]) -> Sequence[_Row]:
    """Lets the kind look at what can be looked at."""
    open_rows = [(row, row.entity) for row in rows if row.plan is None and row.entity is not None]
    plans = kind.look(session, batch, [(entity, row.data) for row, entity in open_rows])
    for (row, _), plan in zip(open_rows, plans, strict=True):
        row.plan = plan
    return rows


def keep(session: Session, looked: Looked) -> Batch:
    """Writes a dry run down, with its file. Flushes."""
    kind, batch = looked.kind, looked.batch
    if looked.content:
        media_type = XLSX if is_workbook(looked.content) else "text/csv"
        files.store(session, BytesIO(looked.content), media_type)
    session.add(batch)
    session.flush()
    values = [
        {
            "batch_id": batch.id,
            "number": row.number,
            "entity_id": row.entity.id if row.entity else None,
            "data": _kept(kind, row.data, row.plan),
            "plan": row.plan.plan,
            "told": row.plan.told,
            "result": "",
        }
        for row in looked.rows
        if row.plan is not None
    ]
    if values:
        session.execute(insert(BatchRow), values)
    audit_log.write(
        session,
        "batch.checked",
        actor_id=batch.by_id,
        batch=batch.id,
        batch_kind=kind.name,
        rows=len(values),
    )
    session.flush()
    return batch


def _kept(kind: Kind, data: Data, plan: Plan) -> Data:
    if plan.plan == "do":
        return data
    return kind.kept(data) | ({IN_FULL: plan.in_full} if plan.in_full else {})


def _by_code(session: Session, codes: Iterable[str]) -> dict[str, Entity]:
    wanted = sorted({code for code in codes if code})
    found: dict[str, Entity] = {}
    for start in range(0, len(wanted), AT_ONCE):
        # The code of a duplicate is nobody's any more.
        query = select(Entity).where(
            Entity.code.in_(wanted[start : start + AT_ONCE]), Entity.merged_into_id.is_(None)
        )
        found |= {entity.code: entity for entity in session.scalars(query)}
    return found


def done_with(session: Session, batch: Batch) -> dict[int, BatchRow]:
    """What earlier batches did with the file of this one, by the number of the row."""
    if batch.sha256 is None:
        return {}
    rows = session.scalars(
        select(BatchRow)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(
            Batch.kind == batch.kind,
            Batch.sha256 == batch.sha256,
            BatchRow.result == "done",
        )
        .order_by(BatchRow.batch_id)
    )
    return {row.number: row for row in rows}


def confirmed_before(session: Session, batch: Batch) -> Batch | None:
    """The newest other batch of the same file that was confirmed, before this one if it was."""
    if batch.sha256 is None:
        return None
    query = select(Batch).where(
        Batch.kind == batch.kind,
        Batch.sha256 == batch.sha256,
        Batch.id != batch.id,
        Batch.confirmed_at.is_not(None),
    )
    if batch.confirmed_at is not None:
        query = query.where(Batch.confirmed_at <= batch.confirmed_at, Batch.id < batch.id)
    return session.scalar(query.order_by(Batch.confirmed_at.desc(), Batch.id.desc()).limit(1))


def is_outdated(batch: Batch, other: Batch | None) -> bool:
    """Whether what a dry run says does not hold any more: its file was confirmed since, in the
    other batch."""
    return (
        batch.state == "checked"
        and other is not None
        and other.confirmed_at is not None
        and other.confirmed_at > batch.created_at
    )
