"""What users have to decide or answer about personal data in registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from app.base import calendar
from app.base.models import Entity, Proposal, Register, RightsRequest, Suppression, User, Visit
from app.base.urls import path_for
from app.people import access
from app.register.suppression import deciders
from app.register.suppression.requests import KINDS
from app.register.suppression.reviews import PROPOSAL


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
        ways.append(deciders.unattended())
    return _waiting(session, or_(*ways)) if ways else []


def everything(session: Session) -> list[Pending]:
    """Return what waits in all registers, the earliest due first."""
    return _waiting(session, true())


def _waiting(session: Session, where: ColumnElement[bool]) -> list[Pending]:
    hidden = (
        select(
            Visit.register_id,
            Suppression.due_at,
            Visit.code,
            literal("").label("kind"),
            literal(0).label("number"),
            func.coalesce(Proposal.id, 0).label("proposal"),
        )
        .join(Visit, Visit.id == Suppression.visit_id)
        .outerjoin(
            Proposal,
            and_(
                Proposal.kind == PROPOSAL,
                Proposal.state == "waiting",
                Proposal.key == Visit.code,
            ),
        )
        .where(Suppression.state == "hidden")
    )
    requests = select(
        RightsRequest.register_id,
        RightsRequest.due_at,
        literal(""),
        RightsRequest.kind,
        RightsRequest.id,
        literal(0),
    ).where(RightsRequest.state == "waiting")
    both = hidden.union_all(requests).subquery()
    rows = session.execute(
        select(Register, both.c.due_at, both.c.code, both.c.kind, both.c.number, both.c.proposal)
        .join(both, both.c.register_id == Register.id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(where)
        .options(contains_eager(Register.entity))
        .order_by(both.c.due_at)
    )
    return [_pending(*row) for row in rows]


def _pending(
    register: Register, due_at: datetime, code: str, kind: str, number: int, proposal: int
) -> Pending:
    """Return a hidden visit (by its code), a proposal about it, or a request (kind and number)."""
    if proposal:
        url = path_for("proposals.show", number=proposal)
        return Pending("Confirmar la supresión de datos de una visita", register, url, due_at)
    where = {"code": register.entity.code, "env": register.path}
    if code:
        url = path_for("kept.decide", **where, visit=code)
        return Pending("Decidir sobre los datos de una visita oculta", register, url, due_at)
    url = path_for("kept.answer_request", **where, number=number)
    return Pending(f"Responder un pedido: {KINDS[kind].lower()}", register, url, due_at)
