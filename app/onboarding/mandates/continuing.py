"""Authorities who turn out to continue after their posts ended with the mandate.

A row of the table says so later, such as of an annulled election. Their posts are restored, but not
while a change of authority is open: then a coordinator gets a notice to cancel that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import Entity, MandateEnd, Notice, ProcessInstance
from app.cases import notices
from app.cases.records import mandate
from app.register.registers.mandates import Mandates

#: The kind of the notice.
CONTINUES = "authority_continues"


def to_reopen(session: Session, table: Mandates, day: date) -> list[int]:
    """Return the entities whose elected ended, and whose mandate turned out to go on."""
    unbegun = or_(
        MandateEnd.instance_id.is_(None),
        MandateEnd.instance.has(ProcessInstance.status == "cancelled"),
    )
    return [one.id for one in _continuing(session, table, day, unbegun)]


def to_advise(session: Session, table: Mandates, day: date) -> list[int]:
    """Return those of them whose change is open, and whose coordinator has had no notice."""
    is_open = MandateEnd.instance.has(ProcessInstance.ended_at.is_(None))
    found = _continuing(session, table, day, is_open)
    if not found:
        return []
    noticed = set(session.scalars(select(Notice.key).where(Notice.kind == CONTINUES)))
    return [one.id for one in found if notices.key_of_end(one.id, day) not in noticed]


def _continuing(
    session: Session, table: Mandates, day: date, which: ColumnElement[bool]
) -> Sequence[Entity]:
    ended = session.scalars(
        select(Entity)
        .join(MandateEnd, MandateEnd.entity_id == Entity.id)
        .where(
            MandateEnd.ends_on == day,
            MandateEnd.rosters_ended_at.is_not(None),
            which,
            table.has_own_row(),
        )
    )
    found = ((one, table.ending(one, day)) for one in ended)
    return [one for one, term in found if term is not None and term.to_on > day]


def reopen(session: Session, end: MandateEnd) -> None:
    """Restore the posts of the elected who continue after all. Flush only."""
    count = mandate.reopen_elected(session, end.entity, end.ends_on)
    end.rosters_ended_at = None
    key = notices.key_of_end(end.entity_id, end.ends_on)
    notices.take_down(session, CONTINUES, key, None)
    log(session, "mandate.holders_continue", end, count)


def advise(session: Session, end: MandateEnd) -> None:
    """Notify the coordinator that the change can be cancelled. Flush only."""
    term = Mandates.read(session).ending(end.entity, end.ends_on)
    if term is not None and term.to_on > end.ends_on:
        notices.put(
            session,
            CONTINUES,
            notices.key_of_end(end.entity_id, end.ends_on),
            role=notices.responsible_role(end.entity),
            entity=end.entity,
            until_on=term.to_on.isoformat(),
        )


def log(session: Session, kind: str, end: MandateEnd, count: int) -> None:
    """Log how many holders of posts an act concerned, unless none."""
    if count:
        audit_log.write(
            session,
            kind,
            actor_id=None,
            entity_id=end.entity_id,
            ends_on=end.ends_on.isoformat(),
            holders=count,
        )
