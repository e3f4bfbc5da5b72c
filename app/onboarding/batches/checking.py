"""The dry run: a file or a list of entities becomes rows with what will be done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, files, formatting
from app.base.models import Batch, BatchRow, Entity
from app.onboarding.batches import table
from app.onboarding.batches.kind import (
    CODE,
    IN_FULL,
    Data,
    Found,
    Kind,
    Line,
    Plan,
    Refused,
    Row,
)
from forms.fields.tables import MEDIA_TYPES, ending_of

XLSX = MEDIA_TYPES["xlsx"]
#: Codes in one query.
AT_ONCE = 500


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its bytes, its name, its rows, and more data of the rows, by code."""

    content: bytes
    name: str
    lines: Sequence[Line]
    other_sheets: Mapping[str, Data]

    @classmethod
    def of(cls, kind: Kind, content: bytes, name: str) -> Upload:
        """Open a file. Raises table.Unreadable, with a message for users."""
        found = table.read(kind, content, name)
        return cls(content, files.safe_name(name), found, kind.read_sheets(content))


@dataclass
class _Row:
    """A row before it is stored."""

    number: int
    entity: Entity | None
    data: Data = field(default_factory=dict)
    plan: Plan | None = None


@dataclass(frozen=True)
class DryRun:
    """A dry run that is not stored yet: the batch, its rows, and their file."""

    kind: Kind
    batch: Batch
    rows: Sequence[_Row]
    content: bytes = b""


def check_file(
    session: Session,
    kind: Kind,
    upload: Upload,
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> DryRun:
    """Judge each row of a file. It may take half a minute, only reads, and stores nothing.

    `data`: values for all rows. Rows that an earlier batch did from the same file (by its SHA-256)
    are not done again.
    """
    sha256 = hashlib.sha256(upload.content).hexdigest()
    batch = _new(kind, by_id, data, file_name=upload.name, sha256=sha256)
    before, lines = _done_before(session, batch), upload.lines
    found = (kind.find or by_code)(session, lines)
    seen: dict[int, int] = {}
    rows = [_read(kind, line, one, seen, before) for line, one in zip(lines, found, strict=True)]
    for row in rows:
        if row.plan is None and row.entity is not None:
            row.data |= upload.other_sheets.get(row.entity.code, {})
    return DryRun(kind, batch, _judged(session, kind, batch, rows), upload.content)


def check_rows(
    session: Session,
    kind: Kind,
    rows: Sequence[tuple[Entity, Data]],
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> DryRun:
    """Judge rows that a page made: each its entity and its data. Only reads, and stores nothing."""
    batch = _new(kind, by_id, data)
    made = [_Row(number, entity, dict(own)) for number, (entity, own) in enumerate(rows, 1)]
    return DryRun(kind, batch, _judged(session, kind, batch, made))


def from_list(
    session: Session,
    kind: Kind,
    entities: Sequence[Entity],
    by_id: int,
    data: Mapping[str, Any] | None = None,
) -> Batch:
    """Store a list of entities, in its order, as a batch with its dry run. Flushes."""
    rows: list[Row] = [(entity, {}) for entity in entities]
    return store(session, check_rows(session, kind, rows, by_id, data))


def _new(kind: Kind, by_id: int, data: Mapping[str, Any] | None, **values: Any) -> Batch:
    return Batch(
        kind=kind.id, created_at=calendar.now(), by_id=by_id, data=dict(data or {}), **values
    )


def _read(
    kind: Kind,
    line: Line,
    found: Found,
    seen: dict[int, int],
    before: Mapping[int, BatchRow],
) -> _Row:
    """Read a line as far as possible without the database. `seen`: the line of each entity."""
    entity = found.entity
    row = _Row(line.number, entity)
    if found.fault or (entity is None and kind.absent is None):
        row.plan = Plan("refused", found.fault)
    elif entity is not None and entity.id in seen:
        row.plan = Plan("refused", f"Repite la entidad de la fila {seen[entity.id]}.")
    elif line.number in before:
        at = formatting.day(before[line.number].done_at)
        row.plan = Plan("same", f"Ya se hizo con este mismo archivo, el {at}.")
    else:
        try:
            row.data = kind.read(line.cells)
            row.entity = entity or (kind.absent(row.data) if kind.absent else None)
        except Refused as fault:
            row.plan = Plan("refused", str(fault))
    if entity is not None:
        seen.setdefault(entity.id, line.number)
    return row


def _judged(session: Session, kind: Kind, batch: Batch, rows: Sequence[_Row]) -> Sequence[_Row]:
    """Return the rows; the kind judges those that could be read."""
    readable = [(row, row.entity) for row in rows if row.plan is None and row.entity is not None]
    if not readable:
        return rows
    plans = kind.judge(session, batch, [(entity, row.data) for row, entity in readable])
    for (row, _), plan in zip(readable, plans, strict=True):
        row.plan = plan
    return rows


def store(session: Session, dry_run: DryRun) -> Batch:
    """Store a dry run and its file. Flushes."""
    kind, batch = dry_run.kind, dry_run.batch
    if dry_run.content:
        files.store(session, BytesIO(dry_run.content), MEDIA_TYPES[ending_of(dry_run.content)])
    session.add(batch)
    session.flush()
    values = [
        {
            "batch_id": batch.id,
            "number": row.number,
            "entity_id": row.entity.id if row.entity else None,
            "data": _stored(kind, row.data, row.plan),
            "plan": row.plan.plan,
            "message": row.plan.message,
            "result": "",
        }
        for row in dry_run.rows
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


def _stored(kind: Kind, data: Data, plan: Plan) -> Data:
    if plan.plan == "do":
        return data
    return kind.stored(data) | ({IN_FULL: plan.full_message} if plan.full_message else {})


def by_code(session: Session, lines: Sequence[Line]) -> list[Found]:
    """Return the entity of each row by its code, or why there is none."""
    codes = [line.cells[CODE.key].upper() for line in lines]
    wanted = sorted({code for code in codes if code})
    known: dict[str, Entity] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = select(Entity).where(Entity.code.in_(wanted[start : start + AT_ONCE]))
        known |= {entity.code: entity for entity in session.scalars(query)}
    return [_named(code, known.get(code)) for code in codes]


def _named(code: str, entity: Entity | None) -> Found:
    if entity is not None:
        return Found(entity)
    fault = f"No hay ninguna entidad con el código {code[:20]}." if code else "Falta el código."
    return Found(None, fault)


def _done_before(session: Session, batch: Batch) -> dict[int, BatchRow]:
    """Return the rows that earlier batches did from the same file, by number."""
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
    """Return the newest other confirmed batch of the same file; before this one, if confirmed."""
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
    """Return whether a dry run is outdated: its file was confirmed since, in the other batch."""
    return (
        batch.state == "checked"
        and other is not None
        and other.confirmed_at is not None
        and other.confirmed_at > batch.created_at
    )
