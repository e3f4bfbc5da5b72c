"""Days that an entity declares without visits. A declaration can be withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import NoVisitDay, Register, Visit
from app.register.facts import keys
from app.register.facts.values import Refused

#: Days back for which suggestions are made.
SUGGESTED_DAYS = 31
#: Reason of a declaration that is withdrawn automatically.
VISIT_CAME = "Se registró una visita"


def declare(session: Session, register: Register, on: date, actor_id: int | None) -> NoVisitDay:
    """Declare that a day had no visits. Raises Refused."""
    if on > calendar.today():
        raise Refused("on", "Ese día todavía no llega.")
    if on < calendar.lima_day(register.opened_at):
        raise Refused("on", "Ese día el registro todavía no estaba abierto.")
    _in_turn(session, register, on)
    if _has_visits(session, register, on):
        raise Refused("on", "Ese día tiene visitas registradas.")
    if standing_on(session, register, on) is not None:
        raise Refused("on", "Ese día ya está declarado sin visitas.")
    made = NoVisitDay(
        register_id=register.id, on=on, declared_at=calendar.now(), by_id=actor_id, reason=""
    )
    session.add(made)
    session.flush()
    audit_log.of_register(
        session, "register.no_visits_declared", register, actor_id, on=on.isoformat()
    )
    return made


def withdraw(session: Session, day_id: int, *, reason: str, actor_id: int | None) -> bool:
    """Withdraw a declaration, which stays in the list; False where it was withdrawn already."""
    day = db.locked(session, NoVisitDay, day_id)
    if day.withdrawn_at is not None:
        return False
    day.withdrawn_at, day.withdrawn_by_id, day.reason = calendar.now(), actor_id, reason
    register = session.get_one(Register, day.register_id)
    audit_log.of_register(
        session, "register.no_visits_withdrawn", register, actor_id, on=day.on.isoformat()
    )
    return True


def had_visit(
    session: Session, register: Register, on: date, *, actor_id: int | None, at: datetime
) -> None:
    """Withdraw the declaration of a day on which a visit was written.

    Call it after the visit was written and before the commit: a simultaneous declaration either
    waits and finds the visit, or is found here.
    """
    _in_turn(session, register, on, shared=True)
    withdrawn = session.execute(
        update(NoVisitDay)
        .where(_standing(register), NoVisitDay.on == on)
        .values(withdrawn_at=at, withdrawn_by_id=actor_id, reason=VISIT_CAME)
    )
    if cast("CursorResult[Any]", withdrawn).rowcount:
        audit_log.of_register(
            session, "register.no_visits_withdrawn", register, actor_id, on=on.isoformat()
        )


def standing_on(session: Session, register: Register, on: date) -> NoVisitDay | None:
    """Return the declaration of a day that was not withdrawn."""
    return session.scalar(select(NoVisitDay).where(_standing(register), NoVisitDay.on == on))


def declared(session: Session, register: Register) -> set[date]:
    """Return the days with a declaration in force that they had no visits."""
    return set(session.scalars(select(NoVisitDay.on).where(_standing(register))))


def _standing(register: Register) -> ColumnElement[bool]:
    return and_(NoVisitDay.register_id == register.id, NoVisitDay.withdrawn_at.is_(None))


def latest(session: Session, register: Register, limit: int) -> Sequence[date]:
    """Return the last days declared without visits, the newest first."""
    return session.scalars(
        select(NoVisitDay.on).where(_standing(register)).order_by(NoVisitDay.on.desc()).limit(limit)
    ).all()


def of_month(session: Session, register: Register, month: date) -> Sequence[NoVisitDay]:
    """Return the declarations about days of a month (any day of it), including withdrawn ones."""
    first = month.replace(day=1)
    return session.scalars(
        select(NoVisitDay)
        .where(
            NoVisitDay.register_id == register.id,
            NoVisitDay.on >= first,
            NoVisitDay.on < (first + timedelta(days=31)).replace(day=1),
        )
        .order_by(NoVisitDay.on.desc(), NoVisitDay.id.desc())
    ).all()


def first_suggested(since: date) -> date:
    """Return the first day for which `suggested` looks."""
    return max(since, calendar.today() - timedelta(days=SUGGESTED_DAYS - 1))


def suggested(session: Session, register: Register, since: date) -> list[date]:
    """Return the entity's last working days with neither visits nor a declaration, newest first.

    `since`: the day from which the register can show something (`records.sources.live_since`).
    """
    today, first = calendar.today(), first_suggested(since)
    taken = set(
        session.scalars(
            select(Visit.visit_on)
            .where(
                Visit.register_id == register.id,
                Visit.state == "standing",
                Visit.rank >= keys.first_rank(calendar.midnight(first)),
            )
            .distinct()
        )
    )
    taken |= {day for day in declared(session, register) if day >= first}
    working = calendar.calendar_of(session, register.entity)
    days = (today - timedelta(days=back) for back in range((today - first).days + 1))
    return [day for day in days if working.works(day) and day not in taken]


def _has_visits(session: Session, register: Register, on: date) -> bool:
    query = select(Visit.id).where(
        Visit.register_id == register.id,
        Visit.state == "standing",
        Visit.rank >= keys.first_rank(calendar.midnight(on)),
        Visit.rank < keys.first_rank(calendar.midnight(on + timedelta(days=1))),
    )
    return session.scalar(query.limit(1)) is not None


def _in_turn(session: Session, register: Register, on: date, *, shared: bool = False) -> None:
    db.in_turn(session, f"visits of {register.id} on {on}", shared=shared)
