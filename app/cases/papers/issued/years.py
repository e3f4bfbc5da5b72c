"""The official name of the year, above the head of letters."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.base.models import YearName


def name_of(session: Session, day: date | None) -> str:
    """Return the name of a day's year, in quotation marks; "" where it or the day is unknown."""
    row = session.get(YearName, day.year) if day else None
    return f"«{row.name}»" if row else ""
