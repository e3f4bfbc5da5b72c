"""The plan of a day on which mandates end: a change of authority for each entity concerned.

A coordinator confirms it ahead; its rows are done from the day after the mandate's last. Each
starts `change_authority` once, and issues the code with which the new authority comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.db.membership import among
from app.base.models import Batch, Entity, MandateEnd, ProcessInstance, Record, Task
from app.cases import processes, records
from app.cases.records import mandate
from app.onboarding.batches.kind import Data, Entry, Kind, Plan, Refused, Row
from app.people import access, addresses
from app.register.registers.mandates import Mandates

PROCESS = "change_authority"
#: Its first step.
STEP = "register_authority_change"
#: The end of a change that nobody answered in time.
LAPSED = "change_authority_lapsed"


def ends_on(batch: Batch) -> date:
    """Return the last day of the mandates of a plan; long ago for one that names none."""
    named = batch.data.get("ends_on")
    return date.fromisoformat(named) if named else date.min


def begins_on(batch: Batch) -> date:
    """Return the day from which the rows of a plan are done."""
    return ends_on(batch) + timedelta(days=1)


def valid_from(session: Session, entity: Entity, last_day: date) -> datetime:
    """Return when the code of an entity is valid: on the first working day after its mandate."""
    working = calendar.calendar_of(session, entity)
    return calendar.midnight(working.on_or_after(last_day + timedelta(days=1)))


@dataclass(frozen=True)
class Known:
    """The data of many entities that plans need, read in a constant number of statements."""

    table: Mandates
    authorities: dict[int, Any]
    changing: frozenset[int | None]
    #: Those of them whose change still waits for its first step: a plan can adopt it.
    waiting: frozenset[int]
    ends: dict[int, MandateEnd]
    lapsed: frozenset[int]
    dead: frozenset[str]

    @classmethod
    def of(cls, session: Session, entities: Sequence[Entity], day: date) -> Known:
        """Read it."""
        ids = [entity.id for entity in entities]
        changing = session.scalars(
            select(ProcessInstance.entity_id).where(
                ProcessInstance.process == PROCESS,
                ProcessInstance.ended_at.is_(None),
                ProcessInstance.entity_id.in_(ids),
            )
        )
        waiting = session.scalars(
            select(Task.entity_id).where(
                Task.step == STEP, Task.state == "open", Task.entity_id.in_(ids)
            )
        )
        ends = session.execute(
            select(MandateEnd, ProcessInstance.end)
            .outerjoin(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
            .where(
                MandateEnd.ends_on == day,
                MandateEnd.entity_id.in_(ids),
                # A change that was cancelled counts as not begun.
                or_(ProcessInstance.id.is_(None), ProcessInstance.status != "cancelled"),
            )
        ).all()
        return cls(
            Mandates.read(session),
            records.of_entities(session, "authority", ids),
            frozenset(changing),
            frozenset(waiting),
            {row.entity_id: row for row, _ in ends},
            frozenset(row.entity_id for row, its_end in ends if its_end == LAPSED),
            addresses.dead_of(session, {entity.contact_email for entity in entities}),
        )


def plan_of(entity: Entity, known: Known, day: date) -> Plan:
    """Return a plan's act on an entity, or the reason why the entity is left out."""
    term = known.table.ending(entity, day)
    if term is None:
        return Plan("refused", "Su mandato no termina ese día.")
    if term.to_on != day:
        until = formatting.day(term.to_on)
        return Plan("refused", f"Su autoridad continúa hasta el {until} ({term.norm}).")
    if not entity.active:
        return Plan("refused", "La entidad está desactivada en el catálogo.")
    end, authority = known.ends.get(entity.id), known.authorities.get(entity.id)
    if entity.id in known.lapsed and entity.id not in known.changing:
        return Plan("same", "Su cambio se cerró sin registrar: inícialo en su página.")
    if end is not None and end.instance_id is not None:
        return Plan("same", "Su cambio por este fin de mandato ya comenzó.")
    if authority is None:
        return Plan("refused", "Todavía no tiene una autoridad registrada: la dirá su designación.")
    if (authority.get("since_on") or "") > day.isoformat():
        return Plan("same", "Ya registró a su nueva autoridad.")
    how = delivery(entity, known.dead)
    if entity.id in known.changing:
        return _of_open(entity, known, how)
    return Plan("do", f"Se inicia el {formatting.day(day + timedelta(days=1))}. {how}")


def can_begin(day: date) -> ColumnElement[bool]:
    """Return the condition of the entities on which a plan acts, up to the last day of a mandate.

    It is that of `plan_of`, except for the table of mandates, for counting in the database.
    """
    # Of each entity in turn: that of all entities together costs more than the few that are asked.
    since = (
        select(func.coalesce(Record.data["since_on"].as_string(), ""))
        .where(Record.entity_id == Entity.id, Record.name == "authority")
        .order_by(Record.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_changing = exists().where(
        ProcessInstance.entity_id == Entity.id,
        ProcessInstance.process == PROCESS,
        ProcessInstance.ended_at.is_(None),
    )
    at_first_step = exists().where(
        Task.entity_id == Entity.id, Task.step == STEP, Task.state == "open"
    )
    has_begun = exists().where(
        MandateEnd.entity_id == Entity.id,
        MandateEnd.ends_on == day,
        MandateEnd.instance.has(ProcessInstance.status != "cancelled"),
    )
    return Entity.active & (since <= day.isoformat()) & ~has_begun & (~is_changing | at_first_step)


def _of_open(entity: Entity, known: Known, how: str) -> Plan:
    """Return a plan's act on an entity that has a change open; `how` says how its code goes."""
    if entity.id in known.waiting:
        text = "Ya tiene abierto un cambio de autoridad: sigue con la credencial."
        return Plan("do", f"{text} {how}")
    return Plan("same", "Ya tiene abierto un cambio de autoridad.")


def delivery(entity: Entity, dead: frozenset[str]) -> str:
    """Return how the code of a change reaches an entity."""
    address = entity.contact_email
    if not address:
        return "No tiene correo: su código va en una carta."
    if address.casefold() in dead:
        return "A su correo no llegan mensajes: su código va en una carta."
    return f"Su código va a {address}."


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows."""
    day = ends_on(batch)
    known = Known.of(session, [entity for entity, _ in rows], day)
    return [plan_of(entity, known, day) for entity, _ in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """End the elected holders, start the change, and issue its code."""
    return begin_change(session, entity, ends_on(batch), batch.confirmed_by_id)


def end_holders(session: Session, entity: Entity, day: date) -> MandateEnd:
    """End the elected holders of an entity on the last day of their mandate, once. Flush only."""
    end = session.get(MandateEnd, (entity.id, day)) or MandateEnd(entity_id=entity.id, ends_on=day)
    if end.rosters_ended_at is None:
        mandate.end_elected(session, entity, day)
        end.rosters_ended_at = calendar.now()
    session.add(end)
    session.flush()
    return end


def begin_change(session: Session, entity: Entity, day: date, actor_id: int | None) -> str:
    """End the elected holders, start the change for the end of their mandate, issue its code.

    A change that is open already is adopted: it goes on as the one for this end, with the same code
    and credential. Return the message of what was done. Flush only. Raises Refused.
    """
    end = end_holders(session, entity, day)
    open_ = session.scalar(
        select(Task).where(Task.entity_id == entity.id, Task.step == STEP, Task.state == "open")
    )
    did = "Comenzó" if open_ is None else "El que ya estaba abierto sigue con la credencial"
    try:
        if open_ is None:
            end.instance = processes.start(session, entity, PROCESS, actor_id)
        else:
            end.instance = open_.instance
            processes.renew_term(session, open_.id, actor_id)
    except processes.AlreadyRunning:
        raise Refused("Otra persona lo inició en este momento.") from None
    except (processes.NotStartable, processes.Refused) as reason:
        raise Refused(str(reason)) from None
    session.flush()
    access.issue_activation_code(
        session,
        entity,
        actor_id,
        valid_from=valid_from(session, entity, day),
        mail_kind="authority_code",
    )
    return f"{did}. {delivery(entity, addresses.dead_of(session, {entity.contact_email}))}"


def take_up(session: Session, entity: Entity, change: ProcessInstance) -> None:
    """Let a change that a person started be the one for the end of a mandate.

    It takes the place of one that was closed without an answer, or that no plan began. Then a code
    can be given for it, and a coordinator looks at the credential. Flush only.
    """
    end = session.scalars(
        select(MandateEnd)
        .outerjoin(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
        .where(
            MandateEnd.entity_id == entity.id,
            or_(
                MandateEnd.rosters_ended_at.is_not(None) & MandateEnd.instance_id.is_(None),
                ProcessInstance.end == LAPSED,
                ProcessInstance.status == "cancelled",
            ),
            MandateEnd.ends_on < calendar.today(),
            MandateEnd.ends_on >= calendar.today() - mandate.AFTER,
        )
        .order_by(MandateEnd.ends_on.desc())
        .limit(1)
    ).first()
    if end is None:
        return
    authority = records.of_entities(session, "authority", [entity.id]).get(entity.id) or {}
    if (authority.get("since_on") or "") <= end.ends_on.isoformat():
        end.instance = change
        session.flush()


def open_ends(session: Session, ids: Sequence[int]) -> dict[int, date]:
    """Return the last day of the mandate of those of these entities whose change is open.

    A code of theirs is for the new authority.
    """
    rows = session.execute(
        select(MandateEnd.entity_id, MandateEnd.ends_on)
        .join(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
        .where(among(MandateEnd.entity_id, ids), ProcessInstance.ended_at.is_(None))
    )
    return {row.entity_id: row.ends_on for row in rows}


def new_code(
    session: Session, entity: Entity, actor_id: int | None, secret: str = "", **data: Any
) -> str:
    """Issue another activation code for an entity; return it. Earlier ones are void.

    While its new authority has not come in, the code is for that, and not valid any earlier.
    """
    ended_on = open_ends(session, [entity.id]).get(entity.id)
    if ended_on is None:
        return access.issue_activation_code(session, entity, actor_id, secret, **data)
    return access.issue_activation_code(
        session,
        entity,
        actor_id,
        secret,
        valid_from=valid_from(session, entity, ended_on),
        mail_kind="authority_code",
        **data,
    )


def lock(session: Session, entity: Entity) -> None:
    """Lock an entity, so that no other plan or list works on it meanwhile."""
    session.execute(select(Entity.id).where(Entity.id == entity.id).with_for_update(of=Entity))


MANDATES = Kind(
    id="mandates",
    slug="fin-de-mandato",
    name="Plan por fin de mandato",
    action="plan_mandates",
    fresh=True,
    verb="Vas a preparar el cambio de autoridad de",
    summary="Las entidades cuya autoridad elegida termina un mismo día: cada cambio empieza solo.",
    entry=Entry("Plan por fin de mandato", "mandate_plan.show", {}),
    judge=_judge,
    do=_do,
    lock=lock,
    begins=begins_on,
    template="batches/mandates.html",
)
