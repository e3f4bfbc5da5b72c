"""Count the month of each production register, and act on it as `register_quality.dmn` says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.db import Stop, never, open_session
from app.base.models import Entity, RegisterMonth, User
from app.cases import notices, processes
from app.people import access, mail
from app.register import quality
from forms.shapes.register_figures import month_name, share
from workflows.decisions import decide
from workflows.definition import Definition

logger = logging.getLogger(__name__)

#: The day of the month from which the month before is judged: days without visits may still be
#: declared until then.
JUDGED_FROM = 6
#: How many months back a month is still judged whose nights failed.
MONTHS = 3
#: The possible decisions, the weakest first.
ACTS = ("nothing", "mail", "follow_up")


def count(engine: Engine, stop: Stop = never) -> int:
    """Count the figures of the last month of all registers; return the number of registers.

    Count also the two months before it, where no night counted or judged them to the end.
    """
    with open_session(engine) as session:
        last, *earlier = _months(calendar.today())
        for month in quality.missed(session, earlier):
            quality.count(session, month)
        counted = quality.count(session, last)
        session.commit()
    return counted


def judge(engine: Engine, stop: Stop = never) -> int:
    """Judge each of the last three months of each register once, each in its own transaction.

    Return how many mails and follow-ups it led to.
    """
    today = calendar.today()
    months = _months(today)
    if today.day < JUDGED_FROM:
        del months[0]
    with open_session(engine, writes=False) as session:
        ids = quality.unjudged(session, months)
    return sum(_judge(engine, month_id) for month_id in ids if not stop())


def _months(today: date) -> list[date]:
    """Return the first days of the months before today's, the newest first."""
    months = [quality.month_before(today)]
    while len(months) < MONTHS:
        months.append(quality.month_before(months[-1]))
    return months


def _judge(engine: Engine, month_id: int) -> bool:
    try:
        with open_session(engine) as session:
            acted = judge_month(session, month_id)
            session.commit()
    except OperationalError:
        logger.exception("a register waits for the next night", extra={"month": month_id})
        return False
    return acted


def judge_month(session: Session, month_id: int) -> bool:
    """Decide about a month, unless that was done; return whether anything follows from it.

    Nothing follows for a register that does not record in Zaguán any more.
    """
    month = session.scalars(
        select(RegisterMonth).where(RegisterMonth.id == month_id).with_for_update()
    ).one()
    if month.act:
        return False
    month.judged_at = calendar.now()
    if month.register.source != "zaguan":
        month.act = "nothing"
        return False
    definition = processes.definition_of(processes.in_force(session))
    month.act, month.findings = verdict(definition, month)
    if month.act == "mail":
        _write(session, month)
    elif month.act == "follow_up" and not _follow_up(session, month):
        month.act = "nothing"
    return month.act != "nothing"


def verdict(definition: Definition, month: RegisterMonth) -> tuple[str, list[str]]:
    """Return the table's verdict on a month: the strongest act, and all its sentences."""
    figures: Mapping[str, Any] = {
        "silent_days": month.silent_days,
        "visits": month.visits,
        "late_share": share(month.late, month.visits) or 0,
        "exitless_share": share(month.without_exit, month.visits) or 0,
        "other_share": share(month.other_motive, month.visits) or 0,
    }
    rows = decide(definition, "register_quality", figures)
    act = max((str(row["act"]) for row in rows), key=ACTS.index, default="nothing")
    return act, [str(row["sentence"]).format(**figures) for row in rows]


def _write(session: Session, month: RegisterMonth) -> None:
    """Mail the figures to the first people of the entity that a mail reaches, and log it.

    If it reaches nobody, the coordinator gets a notice.
    """
    entity = month.register.entity
    people, lane = _readers(session, entity)
    if not people:
        notices.month_unread(session, entity, month.month)
    for user in people:
        values = {"month": month_name(month.month), "findings": month.findings}
        mail.post(session, mail.Letter("register_month", user.email, values, user, entity))
    audit_log.write(
        session,
        "register.month_mailed",
        actor_id=None,
        entity_id=entity.id,
        month=month.month.isoformat(),
        mails=len(people),
        lane=lane,
    )


def _readers(session: Session, entity: Entity) -> tuple[list[User], str]:
    """Return who can be reached, and their lane: the administrator, otherwise the alternate,
    otherwise who prepares the designation and the authority."""
    lane = "administrator"
    for found in (
        access.recipients(session, lane, entity),
        access.holders(session, "alternate", entity),
    ):
        if people := mail.reachable(session, found):
            return people, lane
    people = mail.reachable(session, access.recipients(session, "authority", entity))
    return people, "authority" if people else ""


def _follow_up(session: Session, month: RegisterMonth) -> bool:
    """Start the follow-up of the register; return False if the entity can have none.

    An open follow-up continues with the new figures.
    """
    try:
        processes.start(session, month.register.entity, "register_follow_up", None)
    except processes.AlreadyRunning:
        logger.info("a follow-up is open", extra={"month": month.id})
    except processes.NotStartable as reason:
        logger.info("no follow-up started: %r", reason, extra={"month": month.id})
        return False
    return True
