"""Lists of questions: the questions of a coordinator, of an entity, of a step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import Entity, Grant, Question, User
from app.cases.questions import terms
from app.people import access
from app.register.facts import open_texts

#: Names of the states on screen.
STATES = {
    "waiting": "Espera respuesta de la PCM",
    "answered": "Respondida",
    "closed": "Cerrada",
}


@dataclass(frozen=True)
class Row:
    """A question as lists show it; its term is dated while it waits."""

    id: int
    subject: str
    entity: Entity
    #: The name of its step; "" for none.
    step: str
    state: str
    blocks: bool
    opened_on: date
    author: str
    due_in: int | None
    due_on: date | None
    due_kind: str = "práctica"


def waiting_for(user: User | None) -> ColumnElement[bool]:
    """Return the condition on Question: it waits for the PCM, and for this coordinator.

    It waits for the coordinator in charge of the entity, and their substitute. If no coordinator in
    charge can answer (none is assigned, or they no longer hold the role), it waits for all of the
    party.
    """
    roles = access.roles_of(user) & {"sip", "sgtd"}
    if user is None or not roles:
        return false()
    in_charge = {"sip": Entity.sip_coordinator_id, "sgtd": Entity.sgtd_coordinator_id}
    acting_for = access.absences.acting_for(user, calendar.today())

    def mine(role: str) -> ColumnElement[bool]:
        column = in_charge[role]
        holds = exists().where(
            Grant.user_id == column,
            Grant.role == role,
            Grant.until_at.is_(None),
            User.id == Grant.user_id,
            User.active,
        )
        one = or_(column.is_(None), column == user.id, column.in_(acting_for), ~holds)
        return and_(Question.role == role, Question.entity_id.in_(select(Entity.id).where(one)))

    return and_(Question.state == "waiting", or_(*map(mine, sorted(roles))))


def of_coordinator(session: Session, user: User | None) -> list[Row]:
    """Return the questions that wait for a coordinator: the earliest date first."""
    return by_date(session, waiting_for(user))


def of_party(session: Session, user: User | None) -> list[Row]:
    """Return all questions that wait for the coordinator's party, in others' charge too."""
    roles = sorted(access.roles_of(user) & {"sip", "sgtd"}) or ["sip", "sgtd"]
    return by_date(session, and_(Question.state == "waiting", Question.role.in_(roles)))


def by_date(session: Session, which: ColumnElement[bool]) -> list[Row]:
    """Return waiting questions, the earliest date first; one statement."""
    rows = _rows(session, session.scalars(_query().where(which)).all(), calendar.now())
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.id))


def of_entity(session: Session, entity: Entity, most: int | None = None) -> list[Row]:
    """Return the questions of an entity, at most `most`: waiting ones first, then the newest."""
    query = _query().where(Question.entity_id == entity.id)
    query = query.order_by((Question.state != "waiting"), Question.id.desc()).limit(most)
    return _rows(session, session.scalars(query).all(), calendar.now())


def open_of_task(session: Session, task_id: int) -> list[Row]:
    """Return the questions on a step that are not closed, the newest first."""
    query = _query().where(Question.task_id == task_id, Question.state != "closed")
    found = session.scalars(query.order_by(Question.id.desc())).all()
    return _rows(session, found, calendar.now())


def late(rows: Collection[Row]) -> int:
    """Count the questions that are late."""
    return sum(1 for row in rows if row.due_in is not None and row.due_in < 0)


def _query() -> Select[Question]:
    return select(Question).options(
        joinedload(Question.entity),
        joinedload(Question.task),
        joinedload(Question.author).lazyload(User.grants),
    )


def _rows(session: Session, found: Sequence[Question], at: datetime) -> list[Row]:
    return [row_of(session, one, at) for one in found]


def row_of(session: Session, question: Question, at: datetime) -> Row:
    """Return a question as a row; document numbers in its subject are masked."""
    left, last = terms.due(session, question, at)
    return Row(
        id=question.id,
        subject=open_texts.masked(question.subject),
        entity=question.entity,
        step=question.task.name if question.task else "",
        state=STATES[question.state],
        blocks=question.is_blocking,
        opened_on=calendar.lima_day(question.opened_at),
        author=question.author.full_name,
        due_in=left,
        due_on=last,
    )
