"""Preview of a departure: where the work of a user would go (see `departures`)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Entity, Task, User
from app.cases import notices, processes
from app.people import access
from app.people.access import ENTITY_ROLES
from app.people.access.rules import COORDINATORS, Lane

#: The order in which the roles of a lane are named.
ORDER = {
    "administrator": ("administrator", "alternate"),
    "authority": ("preparer", "authority"),
}
#: Most heirs named, and most lanes shown.
NAMED, MOST_LANES = 3, 50


@dataclass(frozen=True)
class Heirs:
    """A lane that a user leaves: its open steps, and where they go.

    `refused`: no other user can answer them, so the person cannot leave.
    """

    role: str
    entity: Entity | None
    open_tasks: int
    taken: int
    where: str
    refused: bool = False


def outlook(session: Session, user: User) -> list[Heirs]:
    """Return each lane of a user, with its heirs."""
    lanes = sorted(access.lanes_of(user), key=lambda lane: (lane[1] or 0, lane[0]))
    return [_of_lane(session, user, lane) for lane in lanes[:MOST_LANES]]


def _of_lane(session: Session, user: User, lane: Lane) -> Heirs:
    role, entity_id = lane
    entity = session.get(Entity, entity_id) if entity_id else None
    of_lane = [Task.role == role, Task.state == "open"]
    if entity_id is not None:
        of_lane.append(Task.entity_id == entity_id)
    mine = func.count().filter(Task.assignee_id == user.id)
    tasks, taken = session.execute(select(func.count(), mine).where(*of_lane)).one()
    heirs = _heirs(session, user, role, entity)
    if heirs:
        where = f"Siguen con {_names(heirs)}."
        if role in COORDINATORS:
            where += _in_charge(session, user, role)
        return Heirs(role, entity, tasks, taken, where)
    if entity is None:
        where = "No hay nadie más con esta función: dala antes a otra persona."
        return Heirs(role, entity, tasks, taken, where, refused=True)
    looks_after = [
        one
        for one in access.recipients(session, notices.responsible_role(entity), entity)
        if one.id != user.id
    ]
    if tasks and not looks_after:
        where = "Nadie más los prepara ni coordina la entidad: da antes a alguien esa función."
        return Heirs(role, entity, tasks, taken, where, refused=True)
    where = _vacant(session, user, role, entity, _names(looks_after))
    return Heirs(role, entity, tasks, taken, where)


def _heirs(session: Session, user: User, role: str, entity: Entity | None) -> list[User]:
    place = entity if role in ENTITY_ROLES else None
    found = [
        one for held in ORDER.get(role, (role,)) for one in access.holders(session, held, place)
    ]
    return list({one.id: one for one in found if one.id != user.id}.values())


def _names(people: list[User]) -> str:
    names = [one.full_name for one in people[:NAMED]]
    more = len(people) - len(names)
    return formatting.listed([*names, f"{more} más"] if more else names)


def _in_charge(session: Session, user: User, role: str) -> str:
    column = {"sip": Entity.sip_coordinator_id, "sgtd": Entity.sgtd_coordinator_id}[role]
    number = session.scalar(select(func.count()).where(column == user.id)) or 0
    if not number:
        return ""
    entities = formatting.plural(number, "entidad", "entidades")
    return f" Deja el encargo de {entities}, que pasan a todos los de esa función."


def _vacant(session: Session, user: User, role: str, entity: Entity, heirs: str) -> str:
    if role == "authority":
        return (
            f"Nadie más los prepara: pasan a {heirs}, con un aviso y un correo, y la entidad "
            "recibe un código de activación."
        )
    if access.grants.redesignation_is_open(session, entity.id):
        return "Esperan a la nueva designación que está en curso."
    if not processes.can_start(session, entity, "redesignation"):
        return "Todavía no hay pasos suyos."
    preparers = _heirs(session, user, "authority", entity)
    prepares = _names(preparers) if preparers else "quien ingrese con un código de activación"
    return (
        f"No hay alterno: empieza una nueva designación, que prepara {prepares}, y avisamos a "
        f"{heirs}. Sus pasos esperan sin que corra su plazo."
    )
