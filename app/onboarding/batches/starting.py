"""Starting the implementation of many entities: each with its activation code."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Batch, Entity, ProcessInstance
from app.cases import processes
from app.cases.custody import PCM
from app.onboarding.batches.kinds import Data, Kind, Plan, Refused, known
from app.people import access, addresses

RUNS = "Ya está en curso."
DONE = "Ya concluyó."
INACTIVE = "La entidad está desactivada en el catálogo."


def begin(session: Session, entity: Entity, actor_id: int | None) -> str:
    """Starts an entity's onboarding and issues its activation code, which is returned.

    Raises processes.AlreadyRunning and processes.NotStartable.
    """
    if lacking := lacks_people(session):
        raise processes.NotStartable(lacking)
    processes.start(session, entity, "onboarding", actor_id)
    return access.issue_activation_code(session, entity, actor_id)


class Start(Kind):
    """A row is an entity, whose onboarding begins."""

    id = "start"
    slug = "inicio"
    name = "Inicio de la implementación"
    action = "start_onboarding"
    verb = "Vas a iniciar la implementación de"

    def look(
        self, session: Session, batch: Batch, rows: Sequence[tuple[Entity, Data]]
    ) -> list[Plan]:
        """Which of these entities can begin, and how their code reaches them."""
        lacking = lacks_people(session)
        status = newest(session, [entity for entity, _ in rows])
        dead = addresses.dead_of(session, {entity.contact_email for entity, _ in rows})
        return [_plan(entity, status.get(entity.id), lacking, dead) for entity, _ in rows]

    def do(self, session: Session, batch: Batch, entity: Entity, data: Data) -> str:
        """Begins it; the code goes to the entity's address, if it has one."""
        try:
            begin(session, entity, batch.confirmed_by_id)
        except processes.AlreadyRunning:
            raise Refused("Otra persona la inició en este momento.") from None
        except processes.NotStartable as reason:
            raise Refused(str(reason)) from None
        dead = addresses.dead_of(session, {entity.contact_email})
        return f"Se inició. {_way(entity, dead)}"


def lacks_people(session: Session) -> str:
    """Why no entity can begin today: nobody is there to look after it. Else ""."""
    for role in PCM:
        if access.vacancies.is_vacant(session, (role, None)):
            return f"En la PCM falta alguien con la función «{access.ROLES[role].name}»."
    return ""


def newest(session: Session, entities: Sequence[Entity]) -> dict[int, ProcessInstance]:
    """The onboarding of each entity that has one: the one that runs, else the newest."""
    ids = [entity.id for entity in entities]
    found: dict[int, ProcessInstance] = {}
    for start in range(0, len(ids), 500):
        query = select(ProcessInstance).where(
            ProcessInstance.process == "onboarding",
            ~ProcessInstance.superseded,
            ProcessInstance.entity_id.in_(ids[start : start + 500]),
        )
        found |= {row.entity_id: row for row in session.scalars(query.order_by(ProcessInstance.id))}
    return found


def _plan(entity: Entity, row: ProcessInstance | None, lacking: str, dead: frozenset[str]) -> Plan:
    if row is not None and row.ended_at is None:
        return Plan("same", RUNS)
    if row is not None and row.status == "ended":
        return Plan("same", f"Terminó: {row.end_name}." if row.end_name else DONE)
    if not entity.active:
        return Plan("refused", INACTIVE)
    if lacking:
        return Plan("refused", lacking)
    return Plan("do", f"Se inicia. {_way(entity, dead)}")


def _way(entity: Entity, dead: frozenset[str]) -> str:
    """How its code reaches an entity."""
    address = entity.contact_email
    if not address:
        return "No tiene correo: su código va en una carta."
    if address.casefold() in dead:
        return "A su correo no llegan mensajes: su código va en una carta."
    return f"Su código va a {address}."


START = known(Start())
