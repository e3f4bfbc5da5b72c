"""Outages: times in which an entity could not record. Later records of them carry an
observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.models import Outage, Register
from app.register.facts.values import Refused

#: Causes, as the official list of observations distinguishes them.
CAUSES: Mapping[str, str] = {
    "external": "Un factor externo",
    "internal": "Un factor interno",
}
#: How long after its start an outage may still be declared.
LONGEST_AGO = timedelta(days=30)


def of_register(session: Session, register: Register) -> Sequence[Outage]:
    """Return the outages of a register, the newest first."""
    return session.scalars(
        select(Outage)
        .where(Outage.register_id == register.id)
        .order_by(Outage.from_at.desc(), Outage.id.desc())
    ).all()


def declare(
    session: Session,
    register: Register,
    *,
    from_at: datetime,
    to_at: datetime | None,
    cause: str,
    note: str,
    actor_id: int | None,
) -> Outage | None:
    """Declare an outage; `to_at` is None while it lasts. Return None where the same one exists.

    Raises Refused for one in the future, one from before the register or too long ago, one that
    ends before it begins, and one that overlaps.
    """
    _check(from_at, to_at)
    _check_beginning(register, from_at)
    db.in_turn(session, f"outages of {register.id}")
    for other in _overlapping(session, register, from_at, to_at):
        if (other.from_at, other.to_at, other.cause) == (from_at, to_at, cause):
            return None
        raise Refused("from_at", "Ya hay un corte declarado que coincide con esas horas.")
    made = Outage(
        register_id=register.id,
        from_at=from_at,
        to_at=to_at,
        cause=cause,
        note=note,
        declared_at=calendar.now(),
        by_id=actor_id,
    )
    session.add(made)
    session.flush()
    _log(session, "register.outage_declared", made, actor_id)
    return made


def end(session: Session, outage_id: int, to_at: datetime, actor_id: int | None) -> bool:
    """End a current outage; False where it had ended. Raises Refused."""
    outage = db.locked(session, Outage, outage_id)
    if outage.to_at is not None or outage.withdrawn_at is not None:
        return False
    _check(outage.from_at, to_at)
    outage.to_at = to_at
    _log(session, "register.outage_ended", outage, actor_id)
    return True


def withdraw(session: Session, outage_id: int, *, reason: str, actor_id: int | None) -> bool:
    """Withdraw an outage that was declared wrongly; False where it had been withdrawn.

    It stays in the list. Visits recorded by then keep their observation until they are corrected.
    """
    outage = db.locked(session, Outage, outage_id)
    if outage.withdrawn_at is not None:
        return False
    outage.withdrawn_at, outage.withdrawn_by_id = calendar.now(), actor_id
    outage.reason = reason
    _log(session, "register.outage_withdrawn", outage, actor_id)
    return True


def _check_beginning(register: Register, from_at: datetime) -> None:
    """Refuse an outage that began too long ago: it explains late records of its time."""
    opened = calendar.lima_day(register.opened_at)
    if from_at < calendar.midnight(opened):
        raise Refused(
            "from_at", f"El registro se abrió el {formatting.day(opened)}: el corte no fue antes."
        )
    if from_at < calendar.now() - LONGEST_AGO:
        raise Refused(
            "from_at", f"Un corte se declara dentro de {LONGEST_AGO.days} días de su inicio."
        )


def _check(from_at: datetime, to_at: datetime | None) -> None:
    now = calendar.now()
    if from_at > now:
        raise Refused("from_at", "El corte no puede empezar después de ahora.")
    if to_at is None:
        return
    if to_at <= from_at:
        raise Refused("to_at", "El corte tiene que terminar después de su inicio.")
    if to_at > now:
        raise Refused(
            "to_at", "El corte no puede terminar después de ahora. Si todavía dura, dilo así."
        )


def _overlapping(
    session: Session, register: Register, from_at: datetime, to_at: datetime | None
) -> Sequence[Outage]:
    """Return the outages that share time with this one. One may begin where another ends."""
    query = select(Outage).where(
        Outage.register_id == register.id,
        Outage.withdrawn_at.is_(None),
        or_(Outage.to_at.is_(None), Outage.to_at > from_at),
    )
    if to_at is not None:
        query = query.where(Outage.from_at < to_at)
    return session.scalars(query.order_by(Outage.id)).all()


def _log(session: Session, kind: str, outage: Outage, actor_id: int | None) -> None:
    audit_log.of_register(
        session,
        kind,
        session.get_one(Register, outage.register_id),
        actor_id,
        from_at=outage.from_at.isoformat(),
        to_at=outage.to_at.isoformat() if outage.to_at else "",
        cause=outage.cause,
    )
