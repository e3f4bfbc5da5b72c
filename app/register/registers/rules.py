"""Rules that norms set for the register from a day on: rows in a table, never constants in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.models import CorrectedRule, DatedRule
from app.register.facts.values import Refused

#: Rule → its values and their texts on pages.
RULES: Mapping[str, Mapping[str, str]] = {
    # The two readings of "extemporáneo" (domain: official legend, newer directive).
    "late_entry": {
        "after_exit": "Cuando se registra después del ingreso y de la salida",
        "after_day": "Cuando se registra después de las 23:59 del día del ingreso",
    },
    "document_publication": {
        "masked": "El número se publica enmascarado",
        "full": "El número se publica completo",
    },
}
NAMES: Mapping[str, str] = {
    "late_entry": "Registro extemporáneo",
    "document_publication": "Publicación del documento del visitante",
}


def value_on(session: Session, name: str, day: date, known_at: datetime | None = None) -> str:
    """Return the value of a rule on a day: of its newest row by then, or its first value.

    `known_at`: as the rule stood at that moment, before later corrections of its day. Records of
    that time keep the rule by which they were judged.
    """
    if known_at is not None and (before := _corrected_since(session, name, known_at)):
        days = {row.id: row.from_on for row in all_values(session, name)} | before
        rows = {row.id: row.value for row in all_values(session, name)}
        past = [(days[rule_id], value) for rule_id, value in rows.items() if days[rule_id] <= day]
        return max(past)[1] if past else next(iter(RULES[name]))
    found = session.scalar(
        select(DatedRule.value)
        .where(DatedRule.name == name, DatedRule.from_on <= day)
        .order_by(DatedRule.from_on.desc())
        .limit(1)
    )
    return found or next(iter(RULES[name]))


def _corrected_since(session: Session, name: str, at: datetime) -> dict[int, date]:
    """Return the rows corrected after a moment: id → their day at that moment."""
    rows = session.scalars(
        select(CorrectedRule)
        .join(DatedRule, DatedRule.id == CorrectedRule.rule_id)
        .where(DatedRule.name == name, CorrectedRule.until_at > at)
        .order_by(CorrectedRule.until_at.desc(), CorrectedRule.id.desc())
    )
    return {row.rule_id: row.from_on for row in rows}  # the earliest correction comes last


def documents_are_public(session: Session) -> bool:
    """Return whether whole document numbers are published today, everywhere alike."""
    return value_on(session, "document_publication", calendar.today()) == "full"


def all_values(session: Session, name: str) -> list[DatedRule]:
    """Return all values of a rule, past and future, the newest first."""
    rows = select(DatedRule).where(DatedRule.name == name).order_by(DatedRule.from_on.desc())
    return list(session.scalars(rows))


def set_value(
    session: Session, name: str, value: str, from_on: date, norm: str, actor_id: int
) -> DatedRule:
    """Set the value of a rule from a day on: today or later, because the past stays as it was.

    It replaces a value that was to be in force from that same day. Raise Refused.
    """
    if from_on < calendar.today():
        raise Refused("from_on", "Ese día ya pasó: lo que regía entonces no se cambia.")
    db.in_turn(session, "dated rules")
    there = session.scalar(
        select(DatedRule).where(DatedRule.name == name, DatedRule.from_on == from_on)
    )
    if there is not None and from_on == calendar.today():
        raise Refused("from_on", "Ya hay un valor que rige desde hoy. Elige un día por venir.")
    before = value_on(session, name, from_on)
    if before == value and there is None:
        raise Refused("value", "Ese valor ya regirá ese día: no cambia nada.")
    row = there or DatedRule(name=name, from_on=from_on)
    row.value, row.norm, row.at, row.by_id = value, norm, calendar.now(), actor_id
    session.add(row)
    audit_log.write(
        session,
        "rule.set",
        actor_id=actor_id,
        rule=name,
        before=before,
        value=value,
        from_on=from_on.isoformat(),
        norm=norm,
    )
    session.flush()
    return row


@dataclass(frozen=True)
class Said:
    """The parts of a row that can be corrected: its day, its norm, and the source of both."""

    from_on: date
    norm: str
    source: str
    second_hand: bool

    @classmethod
    def of(cls, row: DatedRule) -> Said:
        """Return the current values of a row."""
        return cls(row.from_on, row.norm, row.source, row.second_hand)


def correct(session: Session, row: DatedRule, said: Said, reason: str, actor_id: int) -> bool:
    """Correct the day and norm of a row; False where nothing changes.

    Earlier records stay unchanged, and are judged by the row as it was then. Raise Refused if
    another row of the rule has that day.
    """
    db.in_turn(session, "dated rules")
    session.refresh(row)
    before = Said.of(row)
    if before == said:
        return False
    other = select(DatedRule.id).where(
        DatedRule.name == row.name, DatedRule.from_on == said.from_on, DatedRule.id != row.id
    )
    if session.scalar(other) is not None:
        raise Refused("from_on", "Esta regla ya tiene otro valor desde ese día.")
    at = calendar.now()
    session.add(CorrectedRule(rule_id=row.id, until_at=at, **asdict(before)))
    for name, value in asdict(said).items():
        setattr(row, name, value)
    audit_log.write(
        session,
        "rule.corrected",
        actor_id=actor_id,
        at=at,
        rule=row.name,
        changed={
            name: [formatting.iso(old), formatting.iso(asdict(said)[name])]
            for name, old in asdict(before).items()
            if old != asdict(said)[name]
        },
        reason=reason,
    )
    session.flush()
    return True
