"""What norms set for the register from a day on: rows in a table, never constants in code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import calendar, db, log
from app.models import DatedRule
from app.visits.values import Refused

#: Rule → its values, as a page says them.
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


def value_on(session: Session, name: str, day: date) -> str:
    """What a rule says on a day: its newest row by then, else its first value."""
    found = session.scalar(
        select(DatedRule.value)
        .where(DatedRule.name == name, DatedRule.from_on <= day)
        .order_by(DatedRule.from_on.desc())
        .limit(1)
    )
    return found or next(iter(RULES[name]))


def documents_are_public(session: Session) -> bool:
    """Whether whole document numbers are published today, everywhere alike."""
    return value_on(session, "document_publication", calendar.today()) == "full"


def all_values(session: Session, name: str) -> list[DatedRule]:
    """What was set of a rule, and what is going to be in force, the newest first."""
    rows = select(DatedRule).where(DatedRule.name == name).order_by(DatedRule.from_on.desc())
    return list(session.scalars(rows))


def set_value(
    session: Session, name: str, value: str, from_on: date, norm: str, actor_id: int
) -> DatedRule:
    """Sets what a rule says from a day on: today or ahead, since the past stands as it was.

    What was to be in force from that same day ahead is replaced. Raises Refused.
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
    log.write(
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
