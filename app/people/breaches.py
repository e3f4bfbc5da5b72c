"""Incidents of personal data: the term to notify the authority, and who has to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import DataBreach, User
from app.base.urls import path_for
from app.people import access

#: The term to notify the authority, in calendar hours from the moment at which it is known
#: (Ley 29733 and its regulation, DS 016-2024-JUS).
TERM = timedelta(hours=48)
#: The right in an entity; without one, of the platform.
ACTION = "report_breach"
#: The place of an incident without an entity.
PLATFORM = "La plataforma"


@dataclass(frozen=True)
class Pending:
    """An incident that waits for its notification: where, and until when."""

    what: str
    entity: str
    url: str
    due_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether its term has ended."""
        return calendar.now() >= self.due_at


def reachable(user: User | None) -> ColumnElement[bool]:
    """Return the condition on DataBreach: the user reports it, and sees it."""
    if access.may(user, ACTION):
        return DataBreach.id.is_not(None)
    ids = [one for one in access.entities_of(user) if access.may(user, ACTION, one)]
    return DataBreach.entity_id.in_(sorted(ids)) if ids else false()


def is_late(breach: DataBreach) -> bool:
    """Return whether the term ended without a notification, or before it."""
    return (breach.notified_at or calendar.now()) >= breach.due_at


def place_of(breach: DataBreach) -> str:
    """Return the name of the entity, or of the platform."""
    return breach.entity.name if breach.entity else PLATFORM


def waiting(session: Session, user: User | None) -> Sequence[Pending]:
    """Return the incidents that wait for their notification by a user, the earliest due first."""
    if not access.may_somewhere(user, ACTION):
        return ()
    rows = session.scalars(
        select(DataBreach)
        .where(DataBreach.notified_at.is_(None), reachable(user))
        .options(joinedload(DataBreach.entity))
        .order_by(DataBreach.due_at)
    )
    return [
        Pending(
            "Comunicar un incidente de datos personales a la autoridad",
            place_of(row),
            path_for("breaches.show", number=row.id),
            row.due_at,
        )
        for row in rows
    ]
