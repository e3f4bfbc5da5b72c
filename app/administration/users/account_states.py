"""The states of an account, as the superuser's pages name and filter them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, not_

from app.base.models import User
from app.people.access import vacancies


@dataclass(frozen=True)
class AccountState:
    """A state: its name for one account, its name in the filter, and its condition on User."""

    name: str
    plural: str
    condition: ColumnElement[bool]


_IN_USE = and_(User.active, User.suspended_at.is_(None))

#: The value of the filter in the URL → the state.
STATES: Mapping[str, AccountState] = {
    "activas": AccountState("Activa", "Activas", and_(_IN_USE, User.password_hash != "")),
    "invitadas": AccountState("Invitada", "Invitadas", and_(_IN_USE, User.password_hash == "")),
    "suspendidas": AccountState(
        "Suspendida por falta de uso",
        "Suspendidas por falta de uso",
        User.suspended_at.is_not(None),
    ),
    "desactivadas": AccountState(
        "Desactivada", "Desactivadas", and_(not_(User.active), User.suspended_at.is_(None))
    ),
    "sin-funcion": AccountState("Sin función", "Sin función", vacancies.without_role()),
}


def state_of(user: User) -> AccountState:
    """Return the state of an account."""
    if user.suspended_at is not None:
        return STATES["suspendidas"]
    if not user.active:
        return STATES["desactivadas"]
    return STATES["activas" if user.password_hash else "invitadas"]
