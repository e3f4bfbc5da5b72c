"""What users have to decide or answer about personal data in registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

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
    register: Register
    url: str
    due_at: datetime

    @property
    def entity(self) -> str:
        """The name of the entity."""
        return self.register.entity.name

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


def everything(session: Session) -> list[Pending]:
    """Return what waits in all registers, the earliest due first."""
    return _waiting(session, Entity.merged_into_id.is_(None))


def _waiting(session: Session, where: ColumnElement[bool]) -> list[Pending]:
    hidden = session.execute(
        select(Suppression.due_at, Visit.code, Register)
        .join(Visit, Visit.id == Suppression.visit_id)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(Suppression.state == "hidden", where)
        .options(contains_eager(Register.entity))
    )
    found = [
        Pending(
            "Decidir sobre los datos de una visita oculta",
            register,
            path_for("kept.decide", code=register.entity.code, env=register.path, visit=code),
            due_at,
        )
        for due_at, code, register in hidden
    ]
    requests = session.execute(
        select(RightsRequest, Register)
        .join(Register, Register.id == RightsRequest.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(RightsRequest.state == "waiting", where)
        .options(contains_eager(Register.entity))
    )
    found += [
        Pending(
            f"Responder un pedido: {KINDS[row.kind].lower()}",
            register,
            path_for(
                "kept.answer_request", code=register.entity.code, env=register.path, number=row.id
            ),
            row.due_at,
        )
        for row, register in requests
    ]
    return sorted(found, key=lambda one: one.due_at)
