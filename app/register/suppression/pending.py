"""What users have to decide or answer about personal data in registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Register, RightsRequest, Suppression, User, Visit
from app.base.urls import path_for
from app.people import access
from app.register.suppression import deciders
from app.register.suppression.requests import KINDS


@dataclass(frozen=True)
class Pending:
    """A hidden visit to decide about, or a request to answer: where, and until when."""

    what: str
    entity: str
    url: str
    due_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether its term has ended."""
        return calendar.now() >= self.due_at


def of_user(session: Session, user: User | None) -> list[Pending]:
    """Return what waits for a user, the earliest due first."""
    ways: list[ColumnElement[bool]] = []
    entities = access.entities_of(user)
    ids = [one for one in entities if access.may(user, "manage_register", one)]
    if ids:
        ways.append(and_(Entity.id.in_(ids), ~Register.only_imported))
    if access.may(user, deciders.ACTION):
        ways.append(and_(deciders.unattended(), Entity.merged_into_id.is_(None)))
    return _waiting(session, or_(*ways)) if ways else []


def _waiting(session: Session, where: ColumnElement[bool]) -> list[Pending]:
    hidden = session.execute(
        select(Suppression.due_at, Visit.code, Register, Entity)
        .join(Visit, Visit.id == Suppression.visit_id)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(Suppression.state == "hidden", where)
    )
    found = [
        Pending(
            "Decidir sobre los datos de una visita oculta",
            entity.name,
            path_for("kept.decide", code=entity.code, env=register.path, visit=code),
            due_at,
        )
        for due_at, code, register, entity in hidden
    ]
    requests = session.execute(
        select(RightsRequest, Register, Entity)
        .join(Register, Register.id == RightsRequest.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(RightsRequest.state == "waiting", where)
    )
    found += [
        Pending(
            f"Responder un pedido: {KINDS[row.kind].lower()}",
            entity.name,
            path_for("kept.answer_request", code=entity.code, env=register.path, number=row.id),
            row.due_at,
        )
        for row, register, entity in requests
    ]
    return sorted(found, key=lambda one: one.due_at)
