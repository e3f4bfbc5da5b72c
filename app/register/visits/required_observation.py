"""The observation that a visit needs when it was not registered at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Outage, Register
from app.register.registers import rules


def outage_at(session: Session, register: Register, moment: datetime) -> Outage | None:
    """Return the standing outage that contains a moment; of two, the one declared last."""
    return session.scalar(
        select(Outage)
        .where(
            Outage.register_id == register.id,
            Outage.withdrawn_at.is_(None),
            Outage.from_at <= moment,
            or_(Outage.to_at.is_(None), Outage.to_at >= moment),
        )
        .order_by(Outage.id.desc())
        .limit(1)
    )


def observation_of(
    session: Session,
    register: Register,
    entry_at: datetime,
    exit_at: datetime | None,
    recorded_at: datetime,
) -> str:
    """Return the observation that a visit takes automatically or must take; "" where it needs none.

    A visit recorded later that fell into a declared outage takes the outage's. Otherwise the rule
    in force on the day of the visit, as it was known when the visit was recorded, says what is late
    (`registers.rules`).
    """
    if _minute(entry_at) < _minute(recorded_at):
        outage = outage_at(session, register, entry_at)
        if outage is not None:
            return f"outage_{outage.cause}"
    day = calendar.lima_day(entry_at)
    is_late = calendar.lima_day(recorded_at) > day
    if rules.value_on(session, "late_entry", day, recorded_at) == "after_exit":
        is_late = is_late or exit_at is not None
    return "late" if is_late else ""


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
