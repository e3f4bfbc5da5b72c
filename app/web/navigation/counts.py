"""What is counted below *Más*: what waits for a user, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.base.models import (
    Incident,
    Mail,
    MailDomain,
    Notice,
    ProcessInstance,
    Question,
    User,
)
from app.cases import notices
from app.cases.questions import listing
from app.mailroom.outbox import mails as outbox
from app.onboarding.today.platform import no_worker
from app.people import access


def read(session: Session, counts: Mapping[str, ColumnElement[int]]) -> dict[str, int]:
    """Return the counts by name, in one statement; none without a name."""
    if not counts:
        return {}
    row = session.execute(select(*(what.label(name) for name, what in counts.items()))).one()
    return {name: value or 0 for name, value in row._mapping.items()}


def of(user: User) -> dict[str, ColumnElement[int]]:
    """Return what is counted for a user: its name → a query of one number."""

    def count(*which: Any) -> ColumnElement[int]:
        return select(func.count()).where(*which).scalar_subquery()

    found: dict[str, ColumnElement[int]] = {}
    if access.may(user, "retry_incident"):
        cases = ProcessInstance.id == Incident.instance_id
        open_ones = count(Incident.resolved_at.is_(None), cases, ProcessInstance.ended_at.is_(None))
        resting = count(MailDomain.resumed_at.is_(None))
        found["incidents"] = open_ones + resting
        found["mails"] = count(Mail.id.is_not(None), outbox.given_up(), outbox.readable())
    if access.may(user, "see_status"):
        found["stopped"] = count(no_worker())
    if access.may(user, "read_answers"):
        found["answers"] = count(notices.waiting_for(user), Notice.kind.in_(notices.OF_MESSAGES))
    if access.may(user, "answer_question"):
        found["questions"] = count(Question.id.is_not(None), listing.waiting_for(user))
    return found
