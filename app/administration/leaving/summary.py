"""The handover of an administrator who leaves, as the *Ficha de entrega* shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.administration.leaving.acts import Announcement, ending_roles
from app.base import calendar, formatting
from app.base.models import Entity, Grant, Register, Task, User
from app.cases.papers.handover_sheets import Account, Handover, OpenStep
from app.people import access
from app.register.registers import empty_days, environments, sources

#: Most accounts and most steps on the sheet.
MOST = 300


def handover(session: Session, user: User, entity: Entity, said: Announcement) -> Handover:
    """Return a user's handover in an entity, as of today."""
    register = environments.find(session, entity, "production")
    here = register is not None and register.source == "zaguan"
    since = sources.live_since(session, register) if register else None
    roles = ending_roles(user, entity, everything=said.everything)
    ending = [access.ROLES[role].name for role in roles]
    undeclared = None
    if register is not None and since is not None and here:
        undeclared = [formatting.day(day) for day in _undeclared(session, register, since)]
    return Handover(
        entity={
            "code": entity.code,
            "name": entity.name,
            "acronym": entity.acronym,
            "place": entity.place,
            "ruc": access.masked_ruc(entity.ruc),
        },
        person=user.full_name,
        roles=formatting.listed(ending),
        from_on=formatting.day(said.from_on),
        heir=said.heir.full_name if said.heir else "",
        accounts=_accounts(session, user, entity, ending),
        steps=_steps(session, entity),
        undeclared=undeclared,
        undeclared_since=(formatting.day(empty_days.first_suggested(since)) if since else ""),
        address=environments.public_address(entity, register),
    )


def _undeclared(session: Session, register: Register, since: date) -> list[date]:
    """Return the working days before today with neither visits nor a declaration, oldest first."""
    today = calendar.today()
    return sorted(day for day in empty_days.suggested(session, register, since) if day < today)


def _accounts(session: Session, user: User, entity: Entity, ending: Sequence[str]) -> list[Account]:
    away = access.absences.away(session, calendar.today())
    grants = session.scalars(
        select(Grant)
        .join(User)
        .where(Grant.entity_id == entity.id, Grant.until_at.is_(None), User.active)
        .options(joinedload(Grant.user))
        .order_by(User.surnames, User.given_names, User.id)
        .limit(MOST)
    ).all()
    order = list(access.ROLES)

    def account(grant: Grant) -> Account:
        role = access.ROLES[grant.role].name
        remark = "Deja la función" if grant.user_id == user.id and role in ending else ""
        if not remark and grant.user_id in away:
            remark = f"Ausente: reemplaza {away[grant.user_id].full_name}"
        if not remark and not grant.user.password_hash:
            remark = "Todavía no ingresó"
        return Account(role, grant.user.full_name, grant.user.email, remark)

    return [account(grant) for grant in sorted(grants, key=lambda one: order.index(one.role))]


def _steps(session: Session, entity: Entity) -> list[OpenStep]:
    tasks = session.scalars(
        select(Task)
        .where(Task.entity_id == entity.id, Task.state == "open")
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(MOST)
    )
    return [
        OpenStep(task.name, access.lane_title(task.role), formatting.last_day(task.due_at))
        for task in tasks
    ]
