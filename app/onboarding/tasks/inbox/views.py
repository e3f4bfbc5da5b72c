"""Saved views of *Mis pendientes*: a name for filters, order and grouping.

A shared view is read by every coordinator of its role, or by all coordinators. It belongs to its
owner, who alone changes it. When the owner leaves or loses the role, it stays as it is until a
colleague takes it over; a view of theirs alone is read by nobody any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import DefaultView, Grant, SavedView, User
from app.people import access
from app.people.access.rules import COORDINATORS

#: The most views of a person, and the longest name (characters).
MOST, LONGEST = 30, 60
#: The value of `SavedView.role` for all coordinators.
ALL = "all"
#: Who reads a view: its owner, the coordinators of their secretariat, or all of them.
Sharing = Literal["", "role", "all"]


class CannotSave(Exception):
    """The view cannot be saved; the message (Spanish) says why, `field` where: name or sharing."""

    def __init__(self, why: str, field: str = "name") -> None:
        super().__init__(why)
        self.field = field


def _readable(user: User) -> ColumnElement[bool]:
    """Return the condition on SavedView: the user's own, or shared with them."""
    roles = sorted(access.roles_of(user) & COORDINATORS)
    return or_(SavedView.owner_id == user.id, SavedView.role.in_([*roles, ALL]))


def readable(session: Session, user: User) -> Sequence[SavedView]:
    """Return the views that a user reads, by name."""
    query = select(SavedView).where(_readable(user)).options(joinedload(SavedView.owner))
    return session.scalars(query.order_by(SavedView.folded, SavedView.id)).all()


def find(session: Session, user: User, view_id: int) -> SavedView | None:
    """Return a view that a user reads; None for any other."""
    query = select(SavedView).where(SavedView.id == view_id, _readable(user))
    return session.scalars(query.options(joinedload(SavedView.owner))).one_or_none()


def default_of(session: Session, user: User) -> SavedView | None:
    """Return the view with which a user begins; None without one that they still read."""
    query = select(SavedView).join(DefaultView, DefaultView.view_id == SavedView.id)
    return session.scalars(query.where(DefaultView.user_id == user.id, _readable(user))).first()


def is_abandoned(view: SavedView) -> bool:
    """Return whether a shared view has an owner who does not hold its role any more."""
    needed = COORDINATORS if view.role == ALL else {view.role}
    return bool(view.role) and access.roles_of(view.owner).isdisjoint(needed)


def role_to_share(user: User) -> str:
    """Return the role with whose people a user shares: the first that they hold."""
    return min(access.roles_of(user) & COORDINATORS)


def save(session: Session, user: User, name: str, params: str, sharing: Sharing) -> SavedView:
    """Save a view; one of the same name of this user is replaced. Raise CannotSave."""
    own = select(SavedView).where(SavedView.owner_id == user.id)
    view = session.scalars(own.where(SavedView.folded == name.casefold())).one_or_none()
    if view is None:
        if session.scalars(select(func.count()).select_from(own.subquery())).one() >= MOST:
            raise CannotSave(f"Tienes {MOST} vistas: borra una antes de guardar otra.")
        view = SavedView(owner_id=user.id, created_at=calendar.now())
    view.name, view.folded, view.params = name, name.casefold(), params
    share(session, view, user, sharing)
    try:
        with session.begin_nested():
            session.add(view)
    except IntegrityError:
        raise CannotSave("Ya tienes una vista con ese nombre.") from None
    return view


def is_for_all(view: SavedView) -> bool:
    """Return whether all coordinators can use a view: a kind of task is of one secretariat."""
    return "tipo" not in dict(parse_qsl(view.params))


def share(session: Session, view: SavedView, user: User, sharing: Sharing) -> None:
    """Share an own view, or keep it for oneself again. Raise CannotSave."""
    if sharing == ALL and not is_for_all(view):
        raise CannotSave(
            "Un tipo de tarea es de una sola secretaría: comparte la vista con la tuya, o quita "
            "ese filtro.",
            "sharing",
        )
    view.role = role_to_share(user) if sharing == "role" else sharing
    if sharing != ALL and view.id is not None:
        may_read = exists().where(
            Grant.user_id == DefaultView.user_id,
            Grant.role == view.role,
            Grant.entity_id.is_(None),
            Grant.until_at.is_(None),
        )
        others = (DefaultView.view_id == view.id, DefaultView.user_id != user.id, ~may_read)
        session.execute(delete(DefaultView).where(*others))


def remove(session: Session, view: SavedView) -> None:
    """Delete a view; those who began with it begin with all tasks again."""
    session.execute(delete(DefaultView).where(DefaultView.view_id == view.id))
    session.delete(view)
    session.flush()


def take_over(session: Session, view: SavedView, user: User) -> None:
    """Make a user the owner of a view whose owner left. Raise CannotSave."""
    session.refresh(view, with_for_update={"of": SavedView})
    if not is_abandoned(view):
        raise CannotSave("Otra persona ya se hizo cargo de esta vista.")
    same = exists().where(SavedView.owner_id == user.id, SavedView.folded == view.folded)
    if session.scalar(select(same)):
        raise CannotSave("Ya tienes una vista con ese nombre.")
    view.owner_id = user.id
    session.flush()


def begin_with(session: Session, view: SavedView | None, user: User) -> None:
    """Open *Mis pendientes* of a user with a view, or with all tasks."""
    if view is None:
        session.execute(delete(DefaultView).where(DefaultView.user_id == user.id))
    else:
        session.merge(DefaultView(user_id=user.id, view_id=view.id))
        session.flush()
