"""Present visitors, expected visitors, and the end of the day at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar, db
from app.base.models import DayClosing, PlannedVisit, Register, Visit
from app.register.facts import keys
from app.register.facts.values import Refused
from app.register.visits import recording

#: Visitors that the desk shows at once; another page shows all.
SHOWN = 50


def is_inside(visit: Visit) -> bool:
    """Return whether a visitor is still inside; of a past day, the exit was not recorded."""
    waits = visit.exit_state == "inside" and visit.state == "standing"
    return waits and visit.visit_on >= calendar.today()


def lacks_exit(visit: Visit) -> bool:
    """Return whether a visit of a past day waits for its exit to be recorded."""
    waits = visit.exit_state == "inside" and visit.state == "standing"
    return waits and visit.visit_on < calendar.today()


def people(session: Session, register: Register, limit: int | None = None) -> Sequence[Visit]:
    """Return the visits of today that wait for their exit, newest first."""
    return _listed(session, (*_waiting(register), _of_today()), limit)


def unrecorded(session: Session, register: Register, limit: int | None = None) -> Sequence[Visit]:
    """Return the visits of past days whose exit was not recorded, newest first."""
    return _listed(session, (*_waiting(register), ~_of_today()), limit)


def count(session: Session, register: Register) -> int:
    """Return how many visitors are inside."""
    return _counted(session, (*_waiting(register), _of_today()))


def count_unrecorded(session: Session, register: Register) -> int:
    """Return how many visits of past days wait for their exit."""
    return _counted(session, (*_waiting(register), ~_of_today()))


Conditions = tuple[ColumnElement[bool], ...]


def _listed(session: Session, conditions: Conditions, limit: int | None) -> Sequence[Visit]:
    found = select(Visit).where(*conditions).order_by(Visit.rank.desc()).limit(limit)
    return session.scalars(found).all()


def _counted(session: Session, conditions: Conditions) -> int:
    return session.scalars(select(func.count()).select_from(Visit).where(*conditions)).one()


def _of_today() -> ColumnElement[bool]:
    """Return a range of the index: visits are ranked by their moment."""
    return Visit.rank >= keys.first_rank(calendar.midnight(calendar.today()))


def _waiting(register: Register) -> Conditions:
    return (
        Visit.register_id == register.id,
        Visit.exit_state == "inside",
        Visit.state == "standing",
    )


def of_code(session: Session, register: Register, code: str) -> Visit | None:
    """Return a visit of this register by its public code; None for another register's visit."""
    return session.scalar(select(Visit).where(Visit.code == code, Visit.register_id == register.id))


def expected_today(session: Session, register: Register) -> Sequence[PlannedVisit]:
    """Return the visits that offices expect today, the earliest first."""
    begin = calendar.midnight(calendar.today())
    return session.scalars(
        select(PlannedVisit)
        .where(
            PlannedVisit.register_id == register.id,
            PlannedVisit.state == "expected",
            PlannedVisit.outside.is_(False),
            PlannedVisit.expected_at >= begin,
            PlannedVisit.expected_at < begin + timedelta(days=1),
        )
        .options(joinedload(PlannedVisit.official))
        .order_by(PlannedVisit.expected_at, PlannedVisit.id)
    ).all()


class CannotLeave(Exception):
    """The register refuses an exit: the visit, the field and the reason."""

    def __init__(self, visit: Visit, refused: Refused) -> None:
        super().__init__(refused.sentence)
        self.visit = visit
        self.refused = refused


def closing_of_today(session: Session, register: Register) -> DayClosing | None:
    """Return the closing of today by the desk; None while there is none."""
    return session.scalar(
        select(DayClosing).where(
            DayClosing.register_id == register.id, DayClosing.on == calendar.today()
        )
    )


def close_day(
    session: Session,
    register: Register,
    exits: Mapping[int, datetime | None],
    *,
    actor_id: int | None,
) -> DayClosing:
    """Close today: record the exits of visitors still inside, None for an unknown exit.

    Closing again adds new exits and changes no other visit. Raise CannotLeave.
    """
    db.in_turn(session, f"closing of register {register.id}")
    unknown = 0
    # In the order of their ids, so that two users who close at once do not deadlock.
    for visit in session.scalars(
        select(Visit)
        .where(Visit.id.in_(exits), Visit.register_id == register.id)
        .order_by(Visit.id)
    ).all():
        exit_at = exits[visit.id]
        try:
            if exit_at is not None:
                recording.leave(session, visit, exit_at=exit_at, actor_id=actor_id)
            elif recording.leave_unknown(session, visit, actor_id=actor_id):
                unknown += 1
        except Refused as refused:
            raise CannotLeave(visit, refused) from refused
    return _note_closing(session, register, unknown, actor_id)


def _note_closing(
    session: Session, register: Register, unknown: int, actor_id: int | None
) -> DayClosing:
    found = closing_of_today(session, register)
    if found is not None and not unknown:
        return found
    if found is None:
        found = DayClosing(
            register_id=register.id,
            on=calendar.today(),
            unknown_exits=0,
            at=calendar.now(),
            by_id=actor_id,
        )
        session.add(found)
    found.unknown_exits += unknown
    said = {"on": found.on.isoformat(), "unknown": found.unknown_exits}
    audit_log.of_register(session, "register.day_closed", register, actor_id, **said)
    session.flush()
    return found
