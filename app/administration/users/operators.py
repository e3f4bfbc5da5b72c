"""The last operator of an entity: without one, nobody records its visits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.administration.users.departures import NobodyLeft
from app.base.models import Entity, Grant, User
from app.cases.records import personnel_change
from app.people import access
from app.register.registers import environments

#: How the account of an administrator ends who is the last operator too.
LEFT = (
    "Si ya no trabaja ahí, un coordinador lo dice en «Personas» de la entidad, con «Ya no trabaja "
    "aquí», y su cuenta termina."
)


def is_only_operator(session: Session, user: User, entity: Entity) -> bool:
    """Return whether a user is the entity's only operator who is not about to leave.

    Administrators may record visits too, but do not count: as in a change of personnel, an entity
    with a register keeps an operator at its desk.
    """
    able = {one.id for one in access.holders(session, "operator", entity)}
    return user.id in able and not access.others_hold(session, user, ("operator",), entity)


def wait_for_turn(session: Session, ending: Iterable[Grant]) -> None:
    """Take the locks of the operators' entities, which come before the lock of roles."""
    entities = {held.entity_id: held.entity for held in ending if held.role == "operator"}
    for _, entity in sorted(entities.items(), key=lambda one: one[0] or 0):
        if entity is not None:
            personnel_change.lock_people(session, entity)


def must_not_be_last(session: Session, user: User, ending: Iterable[Grant]) -> None:
    """Raise NobodyLeft if these roles end and an open register would be without operators."""
    for held in ending:
        entity = held.entity if held.role == "operator" and held.until_at is None else None
        if (
            entity is not None
            and environments.of_entities(session, [entity.id])
            and is_only_operator(session, user, entity)
        ):
            text = (
                f"{user.full_name} es el único operador en actividad de {entity.name}, que tiene "
                "un registro abierto: que la entidad agregue antes a otro."
            )
            if access.grants.open_grant(user, "administrator", entity):
                text += f" {LEFT}"
            raise NobodyLeft(text)
