"""What is counted below *Más*: what waits for a user, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.base.models import (
    DataBreach,
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


#: What is counted → the action that its reader needs.
ACTIONS: Mapping[str, str] = {
    "incidents": "retry_incident",
    "mails": "retry_incident",
    "stopped": "see_status",
    "answers": "read_answers",
    "questions": "answer_question",
    "breaches": "manage_breaches",
}


def of(user: User, names: Iterable[str] = ACTIONS) -> dict[str, ColumnElement[int]]:
    """Return what is counted for a user, of some names: name → a query of one number."""
    return {name: _query(name, user) for name in names if access.may(user, ACTIONS[name])}


def _query(name: str, user: User) -> ColumnElement[int]:
    def count(*which: Any) -> ColumnElement[int]:
        return select(func.count()).where(*which).scalar_subquery()

    if name == "incidents":
        goes_on = exists().where(
            ProcessInstance.id == Incident.instance_id, ProcessInstance.ended_at.is_(None)
        )
        return count(Incident.resolved_at.is_(None), goes_on) + count(
            MailDomain.resumed_at.is_(None)
        )
    if name == "mails":
        return count(Mail.id.is_not(None), outbox.given_up(), outbox.readable())
    if name == "stopped":
        return count(no_worker())
    if name == "answers":
        return count(notices.waiting_for(user), Notice.kind.in_(notices.OF_MESSAGES))
    if name == "breaches":
        return count(DataBreach.notified_at.is_(None))
    return count(Question.id.is_not(None), listing.waiting_for(user))
