"""What a published session that moves or falls out means for those who have a seat in it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access, calendar, mail
from app.mail import Letter
from app.models import InductionSession, Seat
from app.processes import dates, projection
from app.processes.act import Act
from workflows.instance import NotOpen


def session_moved(session: Session, row: InductionSession, actor_id: int) -> None:
    """Lets the timers that wait for the session wait for its new moment, and says so."""
    for act in _with_seat(session, row, actor_id):
        act.engine.reschedule(f"{row.topic}_session_arrives", row.at)
        act.case.log("session.moved", topic=row.topic, begins_at=row.at.isoformat())
        _tell(act, row, "session_moved")
        projection.save(act)


def session_cancelled(session: Session, row: InductionSession, actor_id: int) -> None:
    """Cancels the session; whoever had a seat is asked to choose again."""
    acts = list(_with_seat(session, row, actor_id))
    row.cancelled = True
    for seat in session.scalars(select(Seat).where(Seat.session_id == row.id)):
        session.delete(seat)
    row.taken = 0
    session.flush()
    for act in acts:
        act.case.reason = "La sesión que elegiste se canceló. Elige otra."
        act.case.log("session.cancelled", topic=row.topic)
        if act.row.suspended_at:
            dates.catch_up(act, act.row.suspended_at)  # so that nothing is due meanwhile
            act.row.suspended_at = calendar.now()
        try:
            act.engine.send_back(f"choose_{row.topic}_session")
            act.advance()
        except NotOpen:
            act.case.log("session.left", topic=row.topic)
        _tell(act, row, "session_cancelled")
        projection.save(act)


def _with_seat(session: Session, row: InductionSession, actor_id: int) -> Iterator[Act]:
    ids = session.scalars(
        select(Seat.instance_id).where(Seat.session_id == row.id).order_by(Seat.instance_id)
    ).all()
    for instance_id in ids:
        act = Act.hold(session, instance_id, actor_id)
        if act.row.ended_at is None:
            yield act


def _tell(act: Act, row: InductionSession, kind: str) -> None:
    for user in access.holders(act.session, "administrator", act.row.entity):
        letter = Letter(kind, user.email, {"row": row}, user=user, entity=act.row.entity)
        mail.post(act.session, letter)
