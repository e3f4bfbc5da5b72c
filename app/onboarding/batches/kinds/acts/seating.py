"""Enrol many entities in an induction session, or move them to another one.

What is done with a row: `app.cases.processes.enrol` and `move_seat`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.db.membership import among
from app.base.models import (
    Batch,
    Entity,
    InductionSession,
    ProcessInstance,
    Seat,
    Task,
    User,
    WaitingSeat,
)
from app.cases import processes
from app.cases.processes.returns import seating
from app.cases.records import set_days
from app.cases.records.agenda import TOPIC_NAMES, TOPICS
from app.cases.records.sessions import guests, waiting
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.locks import lock_onboarding
from app.people import access
from forms.fields import ChoiceField, Part

#: The most sessions to choose from, the next first.
MOST_SESSIONS = 50
NOT_RUNNING = "No tiene una implementación en curso."
SUSPENDED = "El proceso está suspendido: reanúdalo primero."
GONE = seating.GONE
HAS_SEAT = "Ya tiene cupo en esta sesión."
DONE = {
    processes.SEATED: "Tiene cupo. La invitación le llega por correo.",
    processes.LISTED: "No quedaban cupos: está en la lista de espera.",
}


@dataclass
class Situation:
    """Where an entity stands before a session of a topic."""

    instance: ProcessInstance | None = None
    #: Its open tasks by step.
    tasks: dict[str, Task] = field(default_factory=dict)
    #: The coming session in which it has a seat; None without one.
    seat: InductionSession | None = None
    #: Whether it attended a session of the topic.
    attended: bool = False


def _target(session: Session, batch: Batch) -> InductionSession | None:
    """Return the session of a batch, if it can still be attended."""
    target = session.get(InductionSession, batch.data["session"], populate_existing=True)
    return target if target and not target.cancelled and target.at > calendar.now() else None


def _running(session: Session, entities: Sequence[Entity]) -> dict[int, ProcessInstance]:
    query = select(ProcessInstance).where(
        ProcessInstance.process == "onboarding",
        ProcessInstance.ended_at.is_(None),
        among(ProcessInstance.entity_id, [one.id for one in entities]),
    )
    found = session.scalars(query.options(joinedload(ProcessInstance.entity)))
    return {row.entity_id: row for row in found}


def _situations(
    session: Session, target: InductionSession, entities: Sequence[Entity]
) -> Mapping[int, Situation]:
    """Return where these entities stand, in a constant number of statements."""
    found: dict[int, Situation] = defaultdict(Situation)
    running = _running(session, entities)
    entity_of = {row.id: id_ for id_, row in running.items()}
    for id_, row in running.items():
        found[id_].instance = row
    ids, topic = list(entity_of), target.topic
    tasks = session.scalars(select(Task).where(among(Task.instance_id, ids), Task.state == "open"))
    for task in tasks:
        found[task.entity_id].tasks[task.step] = task
    seats = session.scalars(
        select(Seat)
        .join(InductionSession)
        .where(
            among(Seat.instance_id, ids),
            InductionSession.topic == topic,
            InductionSession.at > calendar.now(),
        )
        .options(joinedload(Seat.session))
        .order_by(Seat.id)
    )
    for seat in seats:
        found[entity_of[seat.instance_id]].seat = seat.session
    attended = session.scalars(
        select(Task.instance_id).where(
            among(Task.instance_id, ids),
            Task.step == guests.step_of(topic),
            Task.outcome == "attended",
            Task.state == "completed",
        )
    )
    for instance in attended:
        found[entity_of[instance]].attended = True
    return found


def _free(session: Session, target: InductionSession) -> int:
    """Return how many seats nobody has or waits for."""
    return max(target.seats - target.taken - len(_queue(session, target)), 0)


def _queue(session: Session, target: InductionSession) -> Sequence[int]:
    """Return the ids of the running processes on the list of a session, in its order."""
    return session.scalars(
        select(WaitingSeat.instance_id)
        .join(ProcessInstance, ProcessInstance.id == WaitingSeat.instance_id)
        .where(WaitingSeat.session_id == target.id, ProcessInstance.status == "running")
        .order_by(WaitingSeat.id)
    ).all()


def _judge_enrol(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: who gets a seat, who waits, and why the others do not."""
    target = _target(session, batch)
    if target is None:
        return [Plan("refused", GONE)] * len(rows)
    here = _situations(session, target, [entity for entity, _ in rows])
    actor = session.get(User, batch.confirmed_by_id or batch.by_id)
    waits = _queue(session, target)
    places = {instance: place for place, instance in enumerate(waits)}
    plans = []
    for entity, _ in rows:
        one = here[entity.id]
        plan = _enrolment(one, target, actor)
        if plan.plan == "do" and one.instance is not None:
            place = places.setdefault(one.instance.id, len(places))
            if place >= target.seats - target.taken:
                plan = (
                    Plan("same", seating.WAITS)
                    if place < len(waits)
                    else Plan("do", "No quedan cupos: entra en la lista de espera.")
                )
        plans.append(plan)
    return plans


def _enrolment(here: Situation, target: InductionSession, actor: User | None) -> Plan:
    """Plan an entity while there are seats."""
    if fault := _not_running(here):
        return fault
    choose, schedule = waiting.steps_before(target.topic)
    task = here.tasks.get(schedule)
    if task and not access.may_answer(actor, task):
        return Plan("refused", f"{seating.scheduled_by(task)}.")
    if task or choose in here.tasks:
        return Plan("do", "Queda en esta sesión.")
    return _without_step(here, target)


def _not_running(here: Situation) -> Plan | None:
    if here.instance is None:
        return Plan("refused", NOT_RUNNING)
    return Plan("refused", SUSPENDED) if here.instance.status == "suspended" else None


def _without_step(here: Situation, target: InductionSession) -> Plan:
    """Say why an entity that neither chooses nor waits for a date is not enrolled."""
    if here.seat is not None and here.seat.id == target.id:
        return Plan("same", HAS_SEAT)
    if here.attended:
        return Plan("same", f"Ya asistió a la {TOPICS[target.topic].lower()}.")
    if guests.step_of(target.topic) in here.tasks:
        return Plan("refused", "Falta registrar su asistencia a la sesión anterior.")
    if here.seat is not None:
        at = formatting.moment(here.seat.at)
        return Plan("refused", f"Tiene cupo en la sesión del {at}: muévela a esta.")
    return Plan("refused", "No le toca elegir ni programar esta inducción.")


def _enrol(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    row = _running(session, [entity])[entity.id]
    actor_id = batch.confirmed_by_id or 0
    try:
        return DONE[processes.enrol(session, row.id, batch.data["session"], actor_id)]
    except processes.Refused as reason:
        raise Refused(str(reason)) from None


def _judge_move(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: who moves, and why the others do not."""
    target = _target(session, batch)
    if target is None:
        return [Plan("refused", GONE)] * len(rows)
    here = _situations(session, target, [entity for entity, _ in rows])
    name = f"{target.topic}_session"
    running = [one.instance.id for one in here.values() if one.instance is not None]
    days = set_days.read(session, [(id_, name) for id_ in running])
    left = _free(session, target)
    plans = []
    for entity, _ in rows:
        one = here[entity.id]
        plan = _not_running(one)
        if plan is None and one.instance is not None:
            plan = _move_of(one, target, days.get((one.instance.id, name)), left)
        assert plan is not None  # noqa: S101 - an entity runs, or the plan says that it does not
        left -= plan.plan == "do"
        plans.append(plan)
    return plans


def _move_of(here: Situation, target: InductionSession, at: datetime | None, left: int) -> Plan:
    topic = target.topic
    steps = {*waiting.steps_before(topic), guests.step_of(topic)}
    if here.seat is not None and here.seat.id == target.id:
        return Plan("same", HAS_SEAT)
    if at is None or at <= calendar.now() or steps & here.tasks.keys():
        return Plan("refused", f"No espera ninguna sesión de {TOPICS[topic].lower()}.")
    if left < 1:
        return Plan("refused", "No quedan cupos en esa sesión: sigue en la suya.")
    return Plan("do", f"Pasa de la sesión del {formatting.moment(at)} a esta.")


def _move(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    row = _running(session, [entity])[entity.id]
    try:
        actor_id = batch.confirmed_by_id or 0
        processes.move_seat(session, row.id, batch.data["session"], actor_id)
    except processes.Refused as reason:
        raise Refused(str(reason)) from None
    return "Pasó a esta sesión. La invitación corregida le llega por correo."


class SessionForm(Part):
    """The session, by its id."""

    session = ChoiceField("¿A qué sesión?", (), needed="Elige la sesión.")


def _prepare(session: Session, user: User, form: Part) -> None:
    """Offer the sessions ahead, with their seats."""
    ahead = session.scalars(
        select(InductionSession)
        .where(InductionSession.at > calendar.now(), InductionSession.cancelled.is_(False))
        .order_by(InductionSession.at, InductionSession.id)
        .limit(MOST_SESSIONS)
    ).all()
    waits = waiting.counts(session, [one.id for one in ahead])
    form["session"].choices = [_choice(one, waits.get(one.id, 0)) for one in ahead]


def _choice(one: InductionSession, waits: int) -> tuple[str, str, dict[str, str]]:
    hint = f"{one.taken} de {formatting.plural(one.seats, 'cupo ocupado', 'cupos ocupados')}"
    if waits:
        hint += f" · {formatting.plural(waits, 'entidad en espera', 'entidades en espera')}"
    return str(one.id), f"{TOPIC_NAMES[one.topic]}, {formatting.moment(one.at)}", {"hint": hint}


def _common(session: Session, form: Part) -> Data:
    """Return the session, for the plans, and its name, for the page."""
    target = session.get_one(InductionSession, int(form["session"].data))
    name = f"{TOPIC_NAMES[target.topic]}, {formatting.moment(target.at)}"
    return {"session": target.id, "session_name": name}


def _facts(data: Data) -> list[tuple[str, str]]:
    return [("Sesión", data["session_name"])] if "session_name" in data else []


ENROL = Kind(
    id="enrol",
    slug="inscribir",
    name="Inscripción en una sesión",
    action="publish_sessions",
    fresh=False,
    verb="Vas a inscribir en la sesión a",
    summary="Da cupos en una sesión de inducción.",
    choosing=Choosing(
        label="Inscribir en una sesión",
        about=(
            "Quien todavía elige, o espera que la programes, queda en la sesión y recibe la "
            "invitación. Sin cupos, entra en la lista de espera, por orden de llegada.",
        ),
        form=SessionForm,
        prepare=_prepare,
        common=_common,
    ),
    judge=_judge_enrol,
    do=_enrol,
    lock=lock_onboarding,
    facts=_facts,
)
MOVE_SESSION = Kind(
    id="move_session",
    slug="mover-de-sesion",
    name="Cambio de sesión",
    action="publish_sessions",
    fresh=False,
    verb="Vas a mover a otra sesión a",
    summary="Cambia a otra sesión a entidades que esperan la suya, con su fecha y su invitación.",
    choosing=Choosing(
        label="Mover a otra sesión",
        form=SessionForm,
        prepare=_prepare,
        common=_common,
    ),
    judge=_judge_move,
    do=_move,
    lock=lock_onboarding,
    facts=_facts,
)
