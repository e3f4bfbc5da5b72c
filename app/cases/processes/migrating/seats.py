"""Seats in published sessions that a case leaves because it moves, and takes again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.base import calendar
from app.base.models import InductionSession, Seat, WaitingSeat
from app.cases import records
from app.cases.case import Case
from app.cases.processes.migrating.needs import DAY
from app.cases.processes.migrating.terms import timer_texts
from app.cases.records.sessions import waiting
from app.cases.records.sessions.waiting import TIMERS
from workflows.definition import Definition

#: The timers that wait for sessions with invitations (`app.cases.records.agenda`).
INVITING = frozenset({*TIMERS.values(), "last_training_arrives"})


def left_topics(
    steps: Collection[str],
    days: Collection[str],
    steps_now: Collection[str],
    days_now: Collection[str],
) -> list[str]:
    """Return the topics whose session, or the choice of it, a case leaves.

    `steps`, `days`: its open steps and the days that it waits for (`day_of()`) before and now.
    """
    left = []
    for topic in TIMERS:
        day, choosing = f"{topic}_session", set(waiting.steps_before(topic))
        waits_no_more = day in days and day not in days_now
        chooses_no_more = choosing & set(steps) and not choosing & set(steps_now)
        if waits_no_more or (chooses_no_more and day not in days_now):
            left.append(topic)
    return left


def days_of(definition: Definition, timers: Collection[str]) -> set[str]:
    """Return the days of the records for which some timers wait."""
    texts = timer_texts(definition)
    found = (DAY.search(texts.get(element, "")) for element in timers)
    return {one[1] for one in found if one}


def leave(case: Case, topics: Collection[str]) -> tuple[list[int], list[int]]:
    """Give back a case's seats, and leave the lists, in coming sessions of topics.

    Return the ids of the sessions and of the rows of lists.
    """
    if not topics:
        return [], []
    in_topics = (InductionSession.topic.in_(topics), InductionSession.at > calendar.now())
    here = case.instance.id
    seats = select(Seat.session_id).join(InductionSession).where(Seat.instance_id == here)
    rows = select(WaitingSeat.id).join(InductionSession).where(WaitingSeat.instance_id == here)
    session_ids = case.session.scalars(seats.where(*in_topics)).all()
    row_ids = case.session.scalars(rows.where(*in_topics, waiting.IS_OPEN)).all()
    for topic in topics:
        records.sessions.leave_seats(case, topic)
    return list(session_ids), list(row_ids)


def take_again(case: Case, session_ids: Collection[int], row_ids: Collection[int]) -> None:
    """Take seats in sessions again, and wait on their lists again; an offer is a place on the list.

    Raise SessionFull if one is not to be had any more: full, begun or cancelled.
    """
    coming = (InductionSession.at > calendar.now(), InductionSession.cancelled.is_(False))
    rows = case.session.scalars(
        select(WaitingSeat)
        .join(InductionSession)
        .where(WaitingSeat.id.in_(row_ids), WaitingSeat.result == "left", *coming)
    ).all()
    wanted = [*session_ids, *(row.session_id for row in rows)]
    found = case.session.scalars(
        select(InductionSession)
        .where(InductionSession.id.in_(wanted), *coming)
        .order_by(InductionSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) < len(row_ids) or {one.id for one in found} < set(wanted):
        raise records.sessions.SessionFull
    for one in found:
        if one.id in session_ids:
            records.sessions.take_seat(case, one.id)
    for row in rows:
        row.closed_at, row.result = None, ""
        row.offered_at = row.offer_ends_at = None
    case.session.flush()
