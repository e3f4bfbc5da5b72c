"""Saved views of *Mis pendientes*: a name for filters, order and grouping.

A shared view is read by every coordinator of its role. It belongs to its owner, who alone changes
it. When the owner leaves or loses the role, it stays as it is until a colleague takes it over.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import DefaultView, SavedView, User
from app.people import access
from app.people.access.rules import COORDINATORS

#: The most views of a person, and the longest name (characters).
MOST, LONGEST = 30, 60


class CannotSave(Exception):
    """The view cannot be saved; the message (Spanish) says why."""


def _readable(user: User) -> ColumnElement[bool]:
    """Return the condition on SavedView: the user's own, or shared with a role of theirs."""
    roles = sorted(access.roles_of(user) & COORDINATORS)
    return or_(SavedView.owner_id == user.id, SavedView.role.in_(roles))


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
    return bool(view.role) and view.role not in access.roles_of(view.owner)


def role_to_share(user: User) -> str:
    """Return the role with whose people a user shares: the first that they hold."""
    return min(access.roles_of(user) & COORDINATORS)


def save(session: Session, user: User, name: str, params: str, *, shared: bool) -> SavedView:
    """Save a view; one of the same name of this user is replaced. Raise CannotSave."""
    own = select(SavedView).where(SavedView.owner_id == user.id)
    view = session.scalars(own.where(SavedView.folded == name.casefold())).one_or_none()
    if view is None:
        if session.scalars(select(func.count()).select_from(own.subquery())).one() >= MOST:
            raise CannotSave(f"Tienes {MOST} vistas: borra una antes de guardar otra.")
        view = SavedView(owner_id=user.id, created_at=calendar.now())
    view.name, view.folded, view.params = name, name.casefold(), params
    share(session, view, user, shared=shared)
    try:
        with session.begin_nested():
            session.add(view)
    except IntegrityError:
        raise CannotSave("Ya tienes una vista con ese nombre.") from None
    return view


def share(session: Session, view: SavedView, user: User, *, shared: bool) -> None:
    """Share an own view with the coordinators of a role, or keep it for oneself again."""
    view.role = role_to_share(user) if shared else ""
    if not shared and view.id is not None:
        others = (DefaultView.view_id == view.id, DefaultView.user_id != user.id)
        session.execute(delete(DefaultView).where(*others))


def remove(session: Session, view: SavedView) -> None:
    """Delete a view; those who began with it begin with all tasks again."""
    session.execute(delete(DefaultView).where(DefaultView.view_id == view.id))
    session.delete(view)
    session.flush()


def take_over(session: Session, view: SavedView, user: User) -> None:
    """Make a user the owner of a view whose owner left. Raise CannotSave."""
    session.refresh(view, with_for_update=True)
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
