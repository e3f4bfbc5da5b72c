"""Mandates of elected authorities: whose end is a date by law, and until when one continues.

A post is elected by its ground (Ley 28024, art. 5). The days of its mandate are rows of a table
that the superuser corrects: for a kind of entity, and for a place where the authority lawfully
continues, because an election was annulled or a second round is due.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, db
from app.base.models import Entity, LogEntry, Mandate, PostHolder
from app.register.facts.values import Refused
from forms.fields.identifiers import places, plain
from forms.shapes.decision_makers import ELECTED

PACKAGED = Path(__file__).parent / "mandates.csv"
#: Kinds of entities whose authority is elected, and their names on pages.
LEVELS: Mapping[str, str] = {
    "gobierno_regional": "Gobiernos regionales",
    "municipalidad_provincial": "Municipalidades provinciales",
    "municipalidad_distrital": "Municipalidades distritales",
}


@dataclass(frozen=True)
class Term:
    """The mandate of an entity's authorities; `continues`: by the norm of its place alone."""

    from_on: date
    to_on: date
    norm: str
    continues: bool = False


class Mandates:
    """The table, read once."""

    def __init__(self, rows: Iterable[Mandate]) -> None:
        self._rows: dict[tuple[str, str], list[Mandate]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.from_on):
            self._rows[row.level, row.ubigeo].append(row)

    @classmethod
    def read(cls, session: Session) -> Mandates:
        """Read the table."""
        return cls(session.scalars(select(Mandate)))

    def running(self, entity: Entity, day: date) -> Term | None:
        """Return the mandate of a day; None for an entity whose authority is not elected."""
        usual = _covering(self._rows.get((entity.kind, ""), ()), day)
        if usual is None:
            return None
        place = place_of(entity)
        own = self._rows.get((entity.kind, place), ()) if place else ()
        if here := _covering(own, day):
            return Term(here.from_on, here.to_on, here.norm, continues=True)
        after = usual.to_on + timedelta(days=1)
        if (longer := _covering(own, after)) is not None:
            return Term(usual.from_on, longer.to_on, longer.norm, continues=True)
        return Term(usual.from_on, usual.to_on, usual.norm)

    def ending(self, entity: Entity, day: date) -> Term | None:
        """Return the mandate that ends on `day`, or would by the row of the entity's kind.

        If the authority continues, the returned term ends later. Return None if no mandate of the
        entity ends on the day.
        """
        term = self.running(entity, day)
        if term is None or term.to_on == day:
            return term
        usual = _covering(self._rows.get((entity.kind, ""), ()), day)
        return term if usual is not None and usual.to_on == day else None

    def end_of(self, holder: PostHolder, entity: Entity, today: date) -> date | None:
        """Return the last day of an elected holder's mandate; None if the post has none."""
        if holder.ground not in ELECTED or holder.to_on is not None:
            return None
        term = self.running(entity, max(holder.from_on, today))
        return term.to_on if term else None

    def ends_usually(self, kind: str, day: date) -> bool:
        """Return whether a mandate ends on a day in entities of a kind, unless one continues."""
        return any(row.to_on == day for row in self._rows.get((kind, ""), ()))

    def has_own_row(self) -> ColumnElement[bool]:
        """Return the condition of the entities for whose place the table may have a row.

        It is true of every region if there is any such row: an entity has only the name of its
        department.
        """
        ubigeos = sorted({ubigeo for _, ubigeo in self._rows if ubigeo})
        if not ubigeos:
            return false()
        return or_(Entity.kind == "gobierno_regional", Entity.ubigeo.in_(ubigeos))

    def has_own_rows(self) -> bool:
        """Return whether the table has a row for any place."""
        return any(ubigeo for _, ubigeo in self._rows)

    def days(self) -> list[date]:
        """Return the days on which a mandate ends, in their order."""
        return sorted({row.to_on for rows in self._rows.values() for row in rows})


def elected() -> Select[Entity]:
    """Select the entities whose authority is elected, by name."""
    return select(Entity).where(Entity.kind.in_(sorted(LEVELS))).order_by(Entity.name, Entity.id)


def ending_on(
    session: Session, table: Mandates, days: Sequence[date]
) -> Iterator[tuple[date, ColumnElement[bool]]]:
    """Yield each day with the condition of the entities whose mandate ends on it."""
    own_rows = select(Entity).where(Entity.kind.in_(LEVELS), table.has_own_row())
    others = session.scalars(own_rows).all() if days and table.has_own_rows() else []
    own: dict[date, list[int]] = defaultdict(list)
    for entity in others:
        for day in days:
            term = table.ending(entity, day)
            if term is not None and term.to_on == day:
                own[day].append(entity.id)
    ids = [entity.id for entity in others]
    for day in days:
        kinds = [kind for kind in LEVELS if table.ends_usually(kind, day)]
        usual = and_(Entity.kind.in_(kinds), Entity.id.not_in(ids))
        yield day, or_(usual, Entity.id.in_(own[day]))


def of_day(session: Session, day: date) -> Sequence[Entity]:
    """Return the entities of which a mandate ends on a day, also where the authority continues."""
    table = Mandates.read(session)
    return [one for one in session.scalars(elected()) if table.ending(one, day) is not None]


def place_of(entity: Entity) -> str:
    """Return the ubigeo of an entity: a region's ubigeo ends in zeros; "" if unknown."""
    if entity.kind != "gobierno_regional":
        return entity.ubigeo
    code = _departments().get(plain(entity.department))
    return f"{code}0000" if code else ""


@cache
def _departments() -> Mapping[str, str]:
    """Return the first two digits of the codes of each department, by its name."""
    return {plain(place.rpartition(", ")[2]): code[:2] for code, place in places().items()}


def is_place(level: str, ubigeo: str) -> bool:
    """Return whether a code is the code of a place that may have an entity of the level."""
    if level == "gobierno_regional":
        return ubigeo.endswith("0000") and ubigeo[:2] in _departments().values()
    return ubigeo in places()


def _covering(rows: Sequence[Mandate], day: date) -> Mandate | None:
    return next((row for row in rows if row.from_on <= day <= row.to_on), None)


@dataclass(frozen=True)
class Said:
    """The values of a row."""

    level: str
    ubigeo: str
    from_on: date
    to_on: date
    norm: str
    source: str = ""

    @classmethod
    def of(cls, row: Mandate) -> Said:
        """Return the current values of a row."""
        return cls(row.level, row.ubigeo, row.from_on, row.to_on, row.norm, row.source)

    def data(self) -> dict[str, Any]:
        """Return the values as the log stores them."""
        return {
            "level": self.level,
            "ubigeo": self.ubigeo,
            "from_on": self.from_on.isoformat(),
            "to_on": self.to_on.isoformat(),
            "norm": self.norm,
            "source": self.source,
        }


def packaged() -> list[Said]:
    """Return the rows that come with the code."""
    with PACKAGED.open(encoding="utf-8", newline="") as lines:
        return [
            Said(
                row["level"],
                row["ubigeo"],
                date.fromisoformat(row["from"]),
                date.fromisoformat(row["to"]),
                row["norm"],
                row["source"],
            )
            for row in csv.DictReader(lines)
        ]


def load(session: Session) -> int:
    """Add the packaged rows that are not there yet; return how many.

    Corrections and removals by the superuser stay. Flush only.
    """
    known = {(row.level, row.ubigeo, row.from_on) for row in session.scalars(select(Mandate))}
    changed = session.scalars(
        select(LogEntry.data).where(LogEntry.kind.in_(("mandate.corrected", "mandate.removed")))
    )
    for data in changed:
        before = data["before"]
        known.add((before["level"], before["ubigeo"], date.fromisoformat(before["from_on"])))
    new = [one for one in packaged() if (one.level, one.ubigeo, one.from_on) not in known]
    session.add_all(Mandate(**_values(one)) for one in new)
    session.flush()
    return len(new)


def write(session: Session, row: Mandate | None, said: Said, actor_id: int) -> Mandate:
    """Add a row, or correct one; log it. Flush only. Raises Refused."""
    db.in_turn(session, "mandates")
    if said.to_on < said.from_on:
        raise Refused("to_on", "Termina antes de empezar: revisa las dos fechas.")
    others = session.scalars(
        select(Mandate).where(Mandate.level == said.level, Mandate.ubigeo == said.ubigeo)
    )
    if said.ubigeo and not is_place(said.level, said.ubigeo):
        raise Refused("ubigeo", "Ese ubigeo no es de un lugar con una entidad de ese tipo.")
    for other in others:
        if other is not row and other.from_on <= said.to_on and said.from_on <= other.to_on:
            raise Refused("from_on", "Esas fechas se cruzan con otra fila del mismo ámbito.")
    before = Said.of(row) if row is not None else None
    if before == said:
        return row  # type: ignore[return-value]  # it is there, since it has values
    written = row if row is not None else Mandate()
    for name, value in _values(said).items():
        setattr(written, name, value)
    session.add(written)
    session.flush()
    kind = "mandate.corrected" if before else "mandate.added"
    old: dict[str, Any] = {"before": before.data()} if before else {}
    audit_log.write(session, kind, actor_id=actor_id, **said.data(), **old)
    session.flush()
    return written


def remove(session: Session, row: Mandate, actor_id: int) -> None:
    """Remove a row, and log it. Flush only."""
    before = Said.of(row).data()
    session.delete(row)
    audit_log.write(session, "mandate.removed", actor_id=actor_id, before=before, **before)
    session.flush()


def _values(said: Said) -> dict[str, Any]:
    return said.data() | {"from_on": said.from_on, "to_on": said.to_on}
