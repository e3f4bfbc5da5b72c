"""Seats in published sessions that a case leaves because it moves, and takes again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.base import calendar
from app.base.models import InductionSession, Seat
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


def leave(case: Case, topics: Collection[str]) -> list[int]:
    """Give back a case's seats in coming sessions of topics, and leave their lists.

    Return the ids of the sessions in which it had a seat.
    """
    if not topics:
        return []
    in_topics = (InductionSession.topic.in_(topics), InductionSession.at > calendar.now())
    of_case = Seat.instance_id == case.instance.id
    seats = select(Seat.session_id).join(InductionSession).where(of_case, *in_topics)
    session_ids = case.session.scalars(seats).all()
    for topic in topics:
        records.sessions.leave_seats(case, topic)
    return list(session_ids)


def take_again(case: Case, session_ids: Collection[int]) -> None:
    """Take seats in sessions again.

    Raise SessionFull if one is not to be had any more: full, begun or cancelled.
    """
    found = case.session.scalars(
        select(InductionSession)
        .where(
            InductionSession.id.in_(session_ids),
            InductionSession.at > calendar.now(),
            InductionSession.cancelled.is_(False),
        )
        .order_by(InductionSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if {one.id for one in found} < set(session_ids):
        raise records.sessions.SessionFull
    for one in found:
        records.sessions.take_seat(case, one.id)
