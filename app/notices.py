"""Notices: what waits on a coordinator's *Mis pendientes* beside the steps of the diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from app import access, calendar, db
from app.models import Entity, Notice, Task, User

#: Kind → what it asks of its reader, in the imperative, as a link's text.
KINDS: Mapping[str, str] = {
    "address_dead": "La dirección no existe",
    "verify_contact": "Verificar contacto",
    "answer_received": "Leer la respuesta",
    "complaint": "Leer el reclamo por correo no deseado",
    "extension_asked": "Resolver el pedido de más plazo",
    "notify_on_paper": "Notificar en papel",
    "upkeep_lapsed": "La actualización quedó sin confirmar",
    "nobody_left": "Buscar quién responda por la entidad",
}


def put(
    session: Session,
    kind: str,
    key: str,
    *,
    role: str = "",
    entity: Entity | None = None,
    task: Task | None = None,
    **data: Any,
) -> None:
    """Puts a notice up; nothing where one of its kind and key waits already.

    `role` is whose coordinator it is for (sip, sgtd); "" both. `data` is what its line says:
    never a document number. Raises KeyError for an unknown kind.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    db.insert_missing(
        session,
        Notice,
        {
            "kind": kind,
            "key": key,
            "role": role,
            "entity_id": entity.id if entity else None,
            "task_id": task.id if task else None,
            "data": data,
            "created_at": calendar.now(),
        },
    )


def take_down(session: Session, kind: str, key: str, actor_id: int | None) -> None:
    """What a notice asked for is done, or needs no doing any more."""
    session.execute(
        update(Notice)
        .where(Notice.kind == kind, Notice.key == key, Notice.done_at.is_(None))
        .values(done_at=calendar.now(), done_by_id=actor_id)
    )


def waiting_for(user: User | None) -> ColumnElement[bool]:
    """The condition on Notice: open, and for this coordinator.

    Of entities in another coordinator's charge they are that one's, and of who stands in.
    """
    roles = access.roles_of(user) & {"sip", "sgtd"}
    if user is None or not roles:
        return Notice.id.is_(None)
    in_charge = {"sip": Entity.sip_coordinator_id, "sgtd": Entity.sgtd_coordinator_id}
    acting_for = access.absences.acting_for(user, calendar.today())
    mine = [
        Notice.entity_id.is_(None)
        | Notice.entity_id.in_(
            select(Entity.id).where(
                or_(
                    in_charge[role].is_(None),
                    in_charge[role] == user.id,
                    in_charge[role].in_(acting_for),
                )
            )
        )
        for role in sorted(roles)
    ]
    return (
        Notice.done_at.is_(None)
        & or_(Notice.role == "", Notice.role.in_(sorted(roles)))
        & or_(*mine)
    )
