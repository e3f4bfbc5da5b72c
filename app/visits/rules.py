"""What norms set for the register from a day on: rows in a table, never constants in code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import calendar
from app.models import DatedRule

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
