"""Sessions, an export of many entities, and a request to cancel, for the demo site."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    Batch,
    BatchRow,
    Entity,
    InductionSession,
    ProcessInstance,
    Task,
    User,
    WaitingSeat,
)
from app.cases import processes
from app.cases.processes.returns import cancellations
from app.onboarding import batches
from app.onboarding.batches import doing
from app.people import access
from app.register.baseline import exports
from tests.app.onboarding.seats import publish
from tests.app.register.importing.past_files import official, row
from tests.app.walk import Walk

#: Entities of a session that was held: the attendance of one was recorded. One on a list.
ATTENDED, PENDING, LISTED = "E90041", "E90042", "E90043"
#: Pages with a search or a selection in their address; links of pages are followed without these.
OF_COORDINATORS = (
    "/buscar?q=ejemplo",
    "/buscar/documento",
    "/pendientes/guardar?plazo=atrasado",
    "/pendientes/vistas",
    "/entidades/lotes/elegidas/ampliar/todas",
)


def places(session: Session, user: User) -> tuple[str, ...]:
    """Return these pages and those of the recorded attendance, for a user who may open them."""
    if not access.may(user, "save_views"):
        return ()
    batch = session.scalars(select(Batch).where(Batch.kind == batches.ATTENDANCE.id)).one()
    row = session.get_one(BatchRow, (batch.id, 1))
    if not access.may_answer(user, session.get_one(Task, row.data["task"])):
        return OF_COORDINATORS
    return (*OF_COORDINATORS, f"/sesiones/{batch.data['session']}/asistencia/corregir")


def waiting_list(session: Session) -> tuple[int, str]:
    """Return the id of the administrator of an entity on a list, and its page of lists."""
    row = session.scalars(select(WaitingSeat)).one()
    entity = session.get_one(ProcessInstance, row.instance_id).entity
    return access.holders(session, "administrator", entity)[0].id, f"{entity.url}/lista-de-espera"


class Guest(Walk):
    """The same for an installation that has its people and diagrams."""

    def __init__(self, app: Flask, sip: int) -> None:
        self.app, self.people, self.id = app, {"sip": sip}, 0


def add_all(app: Flask, sip: int) -> None:
    """Add each state, at the present of the demo. `sip`: a coordinator."""
    walk, now = Guest(app, sip), calendar.now()
    clock = calendar.use_clock(lambda: now - timedelta(days=8))
    held = walk.commit(publish, "thematic", seats=2, at=now - timedelta(hours=1))
    for code, number in ((ATTENDED, "40000041"), (PENDING, "40000042")):
        enrol(walk, code, number, held)
    calendar.use_clock(clock)
    walk.tick()
    record(walk, held, now - timedelta(hours=1))
    with walk.writing() as session:
        full = publish(session, "thematic", seats=1, at=now + timedelta(days=13))
        session.get_one(InductionSession, full).taken = 1
    enrol(walk, LISTED, "40000043", full)
    with walk.writing() as session:
        add_export(session, sip)
        listed = select(ProcessInstance.id).join(Entity).where(Entity.code == LISTED)
        reason = "La entidad pasó a otra, y lo dice su norma."
        cancellations.propose(session, session.scalars(listed).one(), reason, sip)


def enrol(walk: Walk, code: str, number: str, session_id: int) -> None:
    """Enrol a new entity with an administrator."""
    walk.people[code] = walk.person(number, "administrator", code)
    instance_id = walk.begin_at("induction", code=code)
    walk.commit(processes.enrol, instance_id, session_id, walk.people["sip"])


def record(walk: Walk, session_id: int, at: datetime) -> None:
    """Record by a batch that both people of an entity attended."""
    with walk.writing() as session:
        of_entity = select(ProcessInstance.id).join(Entity).where(Entity.code == ATTENDED)
        instance_id = session.scalars(of_entity).one()
        task = walk.find(session, "record_thematic_induction", instance_id)
        came = {"administrator": "attended", "alternate": "attended", "others": [], "note": ""}
        data = {"session": session_id, "session_name": "Inducción temática", "held": at.isoformat()}
        rows = [(task.entity, {"task": task.id} | came)]
        dry_run = batches.check_rows(session, batches.ATTENDANCE, rows, walk.people["sip"], data)
        number = batches.store(session, dry_run).id
        assert batches.confirm(session, number, 1, walk.people["sip"])
    with walk.app.app_context():
        assert doing.work(walk.engine, number) == 1


def add_export(session: Session, by_id: int) -> None:
    """Add an export with the name of an entity, and with one that none has."""
    known = session.scalars(select(Entity.name).order_by(Entity.id).limit(1)).one()
    rows = [row(Entidad_visitada=name) for name in (known, "Oficina que nadie conoce")]
    opened = exports.read(official(rows), "Reporte.xlsx", calendar.now())
    exports.store(session, opened, exports.matched(session, opened), calendar.today(), by_id)
