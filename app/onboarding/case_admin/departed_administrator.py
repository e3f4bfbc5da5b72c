"""What follows when others register that an administrator of the register left.

The account ends with the change of personnel; these are the words before, and the mails, the
notice and the entry of the history after it. An administrator who leaves the own function does so
in `app.administration.leaving`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, formatting
from app.base.models import Departure, Entity, User, departures
from app.base.models.entities import FUNCTION
from app.cases import notices, processes
from app.people import access, handover
from app.register.registers import environments

LANE = "administrator"
REDESIGNATION = "redesignation"
#: The refusal if nobody would answer for the register, and nobody could be designated.
NOBODY = (
    "Nadie más responde por el registro y la entidad no puede iniciar una nueva designación: da "
    "antes la función a otra persona."
)


#: The consequence if nobody else holds a role that records visits.
NO_DESK = (
    "Nadie más puede registrar visitas: no se registran hasta que se designe a otro administrador."
)


def what_follows(session: Session, entity: Entity, user: User) -> str:
    """Return what happens once it is confirmed that an administrator left, in sentences."""
    heirs = [one.full_name for one in _answering(session, entity) if one.id != user.id]
    open_ = access.grants.redesignation_is_open(session, entity.id)
    if heirs:
        steps = f"Sus pasos abiertos siguen con {formatting.listed(heirs)}"
        next_ = "." if open_ else ", y proponemos designar a otro administrador."
    else:
        steps = (
            "Nadie más administra el registro: sus pasos esperan sin que corra su plazo de trabajo"
        )
        next_ = "." if open_ else ", y empieza una nueva designación."
    if not _visits_are_recorded(session, entity, besides=user):
        next_ += f" {NO_DESK}"
    return (
        "Su cuenta de administrador termina en cuanto confirmas. "
        f"{steps}{next_} Avisamos a quien prepara la designación y al coordinador. Si dejó la "
        "entidad, también terminan sus cargos y sus demás funciones en ella, salvo la de máxima "
        "autoridad: esa termina con un cambio de autoridad."
    )


def follow_up(
    session: Session, entity: Entity, user: User, said: Mapping[str, str], actor: User
) -> None:
    """Log that an administrator left, and propose a redesignation unless one begins or is open.

    Raise Refused if nobody answers for the register and no redesignation can begin. Flush only.
    """
    vacant = access.vacancies.is_vacant(session, (LANE, entity.id))
    begins = processes.can_start(session, entity, REDESIGNATION)
    if vacant and not begins and not access.grants.redesignation_is_open(session, entity.id):
        raise processes.Refused(NOBODY)
    if not _visits_are_recorded(session, entity):
        notices.nobody_left(session, entity, LANE, no_desk=True)
    _close_announcement(session, entity, user, actor)
    audit_log.of_person(
        session,
        "departure.registered",
        user,
        actor.id,
        entity_id=entity.id,
        last_day=said["last_day"],
        reason=said["reason"],
    )
    heirs = [one.full_name for one in _answering(session, entity)]
    proposed = begins and not vacant
    _write(session, entity, user, actor, formatting.listed(heirs), proposed=proposed)
    if proposed:
        notices.put(
            session,
            "departure_announced",
            f"{entity.id} {user.id} {calendar.today().isoformat()}",
            role=notices.responsible_role(entity),
            entity=entity,
            person=user.full_name,
            from_on=calendar.today().isoformat(),
            heir=formatting.listed(heirs),
        )


def _visits_are_recorded(session: Session, entity: Entity, besides: User | None = None) -> bool:
    """Return whether a person other than `besides` may record visits, or no register is open."""
    if not environments.of_entities(session, [entity.id]):
        return True
    able = sorted(access.ACTIONS["record_visits"])
    return any(one != besides for role in able for one in access.holders(session, role, entity))


def _close_announcement(session: Session, entity: Entity, user: User, actor: User) -> None:
    """Close what the administrator announced for a day to come: the function has ended."""
    announced = session.scalars(
        select(Departure).where(
            departures.is_open(), Departure.user_id == user.id, Departure.entity_id == entity.id
        )
    )
    for one in announced:
        if one.everything and access.roles_of(user, entity) - {"authority"}:
            continue  # on its day, the other functions end
        one.done_at = calendar.now()
        notices.take_down(session, "departure_announced", str(one.id), actor.id)


def _answering(session: Session, entity: Entity) -> list[User]:
    """Return the people who answer the administrator's steps, once each."""
    found = [one for role in FUNCTION for one in access.holders(session, role, entity)]
    return list({one.id: one for one in found}.values())


def _write(
    session: Session, entity: Entity, user: User, actor: User, heirs: str, *, proposed: bool
) -> None:
    """Write to those who prepare the designation, the coordinators, and the other people."""
    readers = access.recipients(session, "authority", entity)
    readers += access.recipients(session, notices.responsible_role(entity), entity)
    readers += _answering(session, entity)
    for reader in {one.id: one for one in readers}.values():
        if reader.id in (user.id, actor.id):
            continue
        handover.write_of_departure(
            session,
            reader,
            entity,
            person=user,
            from_on=calendar.today(),
            heir=heirs,
            offered=proposed,
        )
