"""Who decides about personal data in a register: its entity or, where it has nobody, the SIP.

An entity that publishes elsewhere has no administrator here, and one whose administrator left has
none for a while. The harm to a person does not wait for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from app.base.models import Grant, Register, User
from app.people import access, mail

#: The action of `access.rules` that both have.
ACTION = "decide_personal_data"
#: Why the SIP decides in place of the entity: value → in words.
INSTEAD: Mapping[str, str] = {
    "only_imported": "la entidad no administra su registro en Zaguán",
    "no_administrator": "la entidad no tiene administrador ni alterno",
}


def unattended() -> ColumnElement[bool]:
    """Return the condition on Register that nobody of its entity decides about its data."""
    managers = sorted(access.ACTIONS["manage_register"])
    held = exists().where(
        Grant.entity_id == Register.entity_id,
        Grant.role.in_(managers),
        access.IS_HELD,
        User.id == Grant.user_id,
        User.active,
    )
    return or_(Register.only_imported, ~held)


def instead(session: Session, register: Register) -> str:
    """Return why the SIP decides in place of the entity (a key of INSTEAD); "" if it does not."""
    if register.only_imported:
        return "only_imported"
    found = select(Register.id).where(Register.id == register.id, unattended())
    return "no_administrator" if session.scalar(found) is not None else ""


def may_decide(session: Session, user: User | None, register: Register) -> bool:
    """Return whether a user may decide about personal data in a register."""
    if access.may(user, "manage_register", register.entity_id):
        return not register.only_imported
    return access.may(user, ACTION) and bool(instead(session, register))


def name_of(session: Session, register: Register) -> str:
    """Return who decides, as the beginning of a sentence."""
    if not instead(session, register):
        return register.entity.name
    return f"La Secretaría de Integridad Pública, en lugar de {register.entity.name},"


def readers(session: Session, register: Register) -> Sequence[User]:
    """Return who gets mails about it: the administrator, otherwise the alternate, or the SIP."""
    if instead(session, register):
        return mail.reachable(session, access.recipients(session, "sip", register.entity))
    for found in (
        access.recipients(session, "administrator", register.entity),
        access.holders(session, "alternate", register.entity),
    ):
        if people := mail.reachable(session, found):
            return people
    return ()


def noted(session: Session, register: Register, actor_id: int | None) -> dict[str, str]:
    """Return what an entry of the log has in addition if the SIP acts in place of the entity."""
    why = instead(session, register) if actor_id is not None else ""
    return {"instead": why} if why else {}
