"""Reads an export of many entities: its names, and the rows, days and counts of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, files, formatting
from app.base.models import Baseline, BaselineName
from app.register.baseline import matching
from app.register.baseline.lines import packed, written
from app.register.importing.judging import Judge, Own
from app.register.importing.reading import Line, read_export
from forms.fields.sheets import as_text
from forms.fields.tables import MEDIA_TYPES, Unreadable, ending_of

#: Different names of one file; the catalogue has some 2,100 entities.
MOST_NAMES = 5000
#: The longest name that is stored (characters).
LONGEST = 300
#: Columns by which a row says whose it is; the name was matched, so they are not judged again.
OF_ENTITY = ("entity", "entity_ruc")

NO_ENTITY = (
    "El archivo no dice de qué entidad es cada visita: falta la columna «Entidad visitada». "
    "Descarga otra vez el Excel de todas las entidades."
)
EMPTY = "El archivo no tiene ninguna fila debajo de los encabezados."
TOO_MANY_NAMES = (
    f"La columna «Entidad visitada» tiene más de {formatting.number(MOST_NAMES)} nombres "
    "distintos: revisa que las columnas no estén corridas."
)


@dataclass
class Named:
    """A name in a file, and its rows."""

    name: str
    #: Its rows as `lines.written` writes them.
    rows: list[str] = field(default_factory=list)
    visits: int = 0
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True)
class Opened:
    """A file that was read: its names in the order of their first row."""

    content: bytes
    file_name: str
    names: Sequence[Named]
    unknown: Sequence[str]

    @property
    def rows(self) -> int:
        """The number of its rows."""
        return sum(len(one.rows) for one in self.names)

    @property
    def last_on(self) -> date | None:
        """The day of its last visit; None if no row is a visit."""
        return max((one.last_on for one in self.names if one.last_on), default=None)


def read(content: bytes, file_name: str, now: datetime) -> Opened:
    """Read a file in a child process; never within a transaction. Raises Unreadable (Spanish)."""
    export = read_export(content, file_name)
    if "entity" not in export.columns:
        raise Unreadable(NO_ENTITY)
    names: dict[str, Named] = {}
    judge = Judge(Own("", "", ""), now, frozenset())
    for line in export.lines():
        name = " ".join(as_text(line.cells.get("entity")).split())
        one = names.get(name)
        if one is None:
            if len(names) >= MOST_NAMES:
                raise Unreadable(TOO_MANY_NAMES)
            one = names[name] = Named(name)
        _add(one, _without_entity(line), judge)
    if not names:
        raise Unreadable(EMPTY)
    return Opened(content, files.safe_name(file_name), list(names.values()), export.unknown)


def _without_entity(line: Line) -> Line:
    cells = {name: cell for name, cell in line.cells.items() if name not in OF_ENTITY}
    return Line(line.number, cells)


def _add(one: Named, line: Line, judge: Judge) -> None:
    one.rows.append(written(line))
    day = judge.day_of_visit(line)
    if day is not None:
        one.visits += 1
        one.first_on = min(one.first_on or day, day)
        one.last_on = max(one.last_on or day, day)


def matched(session: Session, opened: Opened) -> list[dict[str, Any]]:
    """Return the names of a file, each matched to the catalogue, for `store`. Only reads."""
    known = matching.catalogue(session)
    matches = [known.match(one.name) for one in opened.names]
    return [
        {
            "number": number,
            "name": one.name[:LONGEST],
            "match": match.how,
            "entity_id": match.entity_id,
            "outside": match.how == "chosen" and match.entity_id is None,
            "candidates": list(match.candidates),
            "rows": len(one.rows),
            "visits": one.visits,
            "first_on": one.first_on,
            "last_on": one.last_on,
            "lines": packed(one.rows),
        }
        for number, (one, match) in enumerate(zip(opened.names, matches, strict=True), 1)
    ]


def store(
    session: Session,
    opened: Opened,
    names: Sequence[Mapping[str, Any]],
    cut_off_on: date,
    by_id: int,
) -> Baseline:
    """Store a file with its names, as `matched` returned them. Flushes."""
    media_type = MEDIA_TYPES[ending_of(opened.content)]
    baseline = Baseline(
        file_name=opened.file_name,
        sha256=files.store(session, BytesIO(opened.content), media_type),
        cut_off_on=cut_off_on,
        rows=opened.rows,
        unknown=list(opened.unknown)[:20],
        at=calendar.now(),
        by_id=by_id,
    )
    session.add(baseline)
    session.flush()
    values = [{"baseline_id": baseline.id, **one} for one in names]
    session.execute(insert(BaselineName), values)
    audit_log.write(
        session,
        "baseline.read",
        actor_id=by_id,
        baseline=baseline.id,
        names=len(values),
        rows=baseline.rows,
        cut_off_on=cut_off_on.isoformat(),
    )
    session.flush()
    return baseline
