"""The interest acts attached to a visit, whose versions follow the visit."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.formatting import plain
from app.base.models import InterestAct, PlannedVisit, Visit

#: Columns that searches read; never a number.
SEARCHED = (
    "actor_name",
    "holder_name",
    "holder_post",
    "holder_unit",
    "third_name",
    "decision_sought",
    "matter",
)
#: Columns that each version has for itself; a new version copies the others.
OF_VERSION = frozenset("id number newest act reason recorded_at by_id submission".split())
LASTING = tuple(one.key for one in InterestAct.__table__.columns if one.key not in OF_VERSION)


def has_acts(session: Session, visit: Visit) -> bool:
    """Return whether an interest act that was not annulled is attached to a visit."""
    found = select(InterestAct.id).where(
        InterestAct.visit_id == visit.id, InterestAct.newest, InterestAct.act != "annulment"
    )
    return session.scalar(found.limit(1)) is not None


def acts_of(session: Session, visit: Visit) -> list[InterestAct]:
    """Return the newest version of each act attached to a visit, including annulled ones."""
    found = select(InterestAct).where(InterestAct.visit_id == visit.id, InterestAct.newest)
    return list(session.scalars(found.order_by(InterestAct.id)))


def is_of_a_visit(such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that an act's visit meets `such`: the visit that it is attached to, or
    the one that its planned meeting became."""
    its_own = select(Visit.id).where(Visit.id == InterestAct.visit_id, such)
    its_meeting = (
        select(Visit.id)
        .join(PlannedVisit, PlannedVisit.visit_id == Visit.id)
        .where(PlannedVisit.id == InterestAct.planned_visit_id, such)
    )
    return or_(its_own.correlate(InterestAct).exists(), its_meeting.correlate(InterestAct).exists())


def visit_of(session: Session, row: InterestAct) -> Visit | None:
    """Return the visit that an act is attached to, or that its planned meeting became, locked until
    this transaction ends; None if there is none."""
    meeting = select(PlannedVisit.visit_id).where(PlannedVisit.id == row.planned_visit_id)
    visit_id = row.visit_id or session.scalar(meeting)
    return db.locked(session, Visit, visit_id) if visit_id else None


def annul_all(session: Session, visit: Visit, reason: str, actor_id: int | None) -> None:
    """Annul the acts of a visit that was annulled: without the visit there was no act."""
    for last in _standing(session, visit):
        form = _submission(visit, last)
        session.add(next_version(session, last, "annulment", reason, form, actor_id))
    session.flush()


def follow_visitor(session: Session, visit: Visit, reason: str, actor_id: int | None) -> None:
    """Update the visitor in the acts of a visit, after the visit was corrected."""
    person = {
        "actor_name": visit.visitor_name,
        "document_type": visit.document_type,
        "document_number": visit.document_number,
        "visitor_key": visit.visitor_key,
    }
    for last in _standing(session, visit):
        if all(getattr(last, name) == value for name, value in person.items()):
            continue
        form = _submission(visit, last)
        made = next_version(session, last, "correction", reason, form, actor_id)
        for name, value in person.items():
            setattr(made, name, value)
        made.search_text = search_text(made)
        session.add(made)
    session.flush()


def _standing(session: Session, visit: Visit) -> list[InterestAct]:
    """Return the attached acts that were not annulled, each locked; the visit is locked before."""
    found = [locked(session, row) for row in acts_of(session, visit)]
    return [row for row in found if row.act != "annulment"]


def _submission(visit: Visit, last: InterestAct) -> str:
    """Return an idempotency key for the effect of a visit's version on an act."""
    return f"visit-{visit.id}-{visit.versions}-{last.id}"


def search_text(row: InterestAct) -> str:
    """Return the text that searches read; never a number."""
    return plain(" ".join(getattr(row, name) for name in SEARCHED))


def locked(session: Session, row: InterestAct) -> InterestAct:
    """Return the newest version of an act, locked until this transaction ends.

    The first version holds the lock: another version may be the newest once the lock is held.
    """
    session.scalars(
        select(InterestAct.id)
        .where(InterestAct.code == row.code, InterestAct.number == 1)
        .with_for_update()
    ).one()
    return session.scalars(
        select(InterestAct)
        .where(InterestAct.code == row.code, InterestAct.newest)
        .execution_options(populate_existing=True)
    ).one()


def next_version(
    session: Session,
    last: InterestAct,
    act: str,
    reason: str,
    submission: str,
    actor_id: int | None,
) -> InterestAct:
    """Return the next version, with the values of the last one."""
    last.newest = False
    return InterestAct(
        **{name: getattr(last, name) for name in LASTING},
        number=last.number + 1,
        newest=True,
        act=act,
        reason=reason,
        recorded_at=calendar.now(),
        by_id=actor_id,
        submission=submission,
    )
