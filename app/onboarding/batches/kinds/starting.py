"""The start of the onboarding of many entities, each with its activation code."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Batch, Entity, ProcessInstance
from app.cases import processes
from app.cases.custody import PCM
from app.onboarding.batches.kind import Choosing, Data, Entry, Kind, Plan, Refused, Row
from app.people import access, addresses

RUNS = "Ya está en curso."
DONE = "Ya concluyó."
STARTED = "Otra persona la inició en este momento."
INACTIVE = "La entidad está desactivada en el catálogo."


def begin(session: Session, entity: Entity, actor_id: int | None) -> str:
    """Start the onboarding of an entity. Issue its activation code, and return it.

    Raises processes.AlreadyRunning and processes.NotStartable.
    """
    if lacking := lacks_people(session):
        raise processes.NotStartable(lacking)
    processes.start(session, entity, "onboarding", actor_id)
    return access.issue_activation_code(session, entity, actor_id)


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which entities can start, and how their code reaches them."""
    lacking = lacks_people(session)
    status = newest(session, [entity for entity, _ in rows])
    dead = addresses.dead_of(session, {entity.contact_email for entity, _ in rows})
    return [_plan(entity, status.get(entity.id), lacking, dead) for entity, _ in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Start it. The code goes to the address of the entity, if it has one."""
    try:
        begin(session, entity, batch.confirmed_by_id)
    except processes.AlreadyRunning:
        raise Refused(STARTED) from None
    except processes.NotStartable as reason:
        raise Refused(str(reason)) from None
    dead = addresses.dead_of(session, {entity.contact_email})
    return f"Se inició. {_delivery(entity, dead)}"


def lacks_people(session: Session) -> str:
    """Return why no entity can start now: a role of the PCM is vacant. "" if all are filled."""
    for role in PCM:
        if access.vacancies.is_vacant(session, (role, None)):
            return f"En la PCM falta alguien con la función «{access.ROLES[role].name}»."
    return ""


def newest(session: Session, entities: Sequence[Entity]) -> dict[int, ProcessInstance]:
    """Return the onboarding of each entity that has one: the running one, otherwise the newest."""
    ids = [entity.id for entity in entities]
    found: dict[int, ProcessInstance] = {}
    for start in range(0, len(ids), 500):
        query = select(ProcessInstance).where(
            ProcessInstance.process == "onboarding",
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
    return Plan("do", f"Se inicia. {_delivery(entity, dead)}")


def _delivery(entity: Entity, dead: frozenset[str]) -> str:
    """Return how its code reaches an entity."""
    address = entity.contact_email
    if not address:
        return "No tiene correo: su código va en una carta."
    if address.casefold() in dead:
        return "A su correo no llegan mensajes: su código va en una carta."
    return f"Su código va a {address}."


START = Kind(
    id="start",
    slug="inicio",
    name="Inicio de la implementación",
    action="start_onboarding",
    fresh=True,
    verb="Vas a iniciar la implementación de",
    summary="Elige entidades con los filtros de la lista, o márcalas una por una.",
    entry=Entry("Iniciar la implementación", "entities.list_entities", {"estado": "sin-iniciar"}),
    choosing=Choosing(label="Iniciar la implementación", lists=frozenset({"entities"})),
    judge=_judge,
    do=_do,
    template="batches/start.html",
)
