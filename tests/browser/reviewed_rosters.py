"""Reviews for the demo site: of a roster that was accepted before, and of a training."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Filing, ProcessInstance, Record, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.cases.processes.returns import requests
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.people import access

#: The preparer of the entity that begins (`demo_site.add_rare_states`).
PREPARER = "40000031"


def add_review(session: Session, by_id: int) -> None:
    """Add a designation under review, of an entity that designated once before."""
    case = _begin(session, by_id)
    _accept_before(session, case)
    for step in ("file_designation", "record_reception"):
        _answer(session, case, step)
    _change_roster(session, case, by_id)
    _ask_to_get_it_back(session, case)


def add_papers(session: Session, by_id: int) -> None:
    """Add a designation whose papers are made, which its entity can still correct."""
    _begin(session, by_id)


def _begin(session: Session, by_id: int) -> ProcessInstance:
    """Start an onboarding of the preparer of the demo site, until its papers are made."""
    entity = session.scalars(
        select(Entity).where(Entity.id.not_in(select(ProcessInstance.entity_id))).limit(1)
    ).one()
    preparer = access.find_person(session, "DNI", PREPARER)
    assert preparer is not None
    access.grant(session, preparer, "preparer", entity, None)
    case = processes.start(session, entity, "onboarding", by_id)
    for step in ("designate_administrator", "list_personnel"):
        _answer(session, case, step)
    return case


def corrected_by(session: Session, user: User) -> list[str]:
    """Return the pages on which a person corrects what their entities sent."""
    own = select(Entity).where(Entity.id.in_(access.entities_of(user))).order_by(Entity.id)
    paths = [entity.url for entity in session.scalars(own)]
    chose = (
        select(Task)
        .join(Task.entity)
        .where(Task.step == "choose_thematic_session", Entity.id.in_(access.entities_of(user)))
    )
    task = session.scalars(chose.limit(1)).first()
    if task is not None and access.may_answer(user, task):
        where = f"procesos/{task.instance_id}/otra-sesion/thematic"
        paths.append(f"{task.entity.url}/{where}")
    return paths


def _ask_to_get_it_back(session: Session, case: ProcessInstance) -> None:
    query = select(Task).where(Task.instance_id == case.id, Task.state == "open")
    review = session.scalars(query).one()
    preparer = access.recipients(session, "authority", case.entity)[0]
    reason = "Falta una persona en la relación."
    requests.ask(session, review.id, "list_personnel", reason, preparer)


def add_training(session: Session) -> None:
    """Show the newest accepted training of a running case as if it were still under review."""
    accepted = (
        select(Task)
        .join(ProcessInstance)
        .where(
            Task.step == "review_training",
            Task.state == "completed",
            ProcessInstance.status == "running",
        )
    )
    task = session.scalars(accepted.order_by(Task.id.desc())).first()
    assert task is not None
    task.state, task.closed_at, task.closed_by_id = "open", None, None
    task.due_at = task.due_at or calendar.now()


def _answer(session: Session, case: ProcessInstance, step: str) -> None:
    query = select(Task).where(Task.instance_id == case.id, Task.step == step)
    task = session.scalars(query.where(Task.state == "open")).one()
    user = access.recipients(session, task.role, task.entity)[0]
    page = TaskPage.of(session, task.id, user)
    answers.write(page, answers.values_for(page, "", Random(9)))
    answers.send(TaskPage.of(session, task.id, user))


def _accept_before(session: Session, case: ProcessInstance) -> None:
    """Date the roster back, and add a presentation of it that was accepted."""
    before = calendar.now() - timedelta(days=90)
    rosters = select(Record).where(Record.entity_id == case.entity_id, Record.name == "roster")
    for record in session.scalars(rosters):
        record.at = before
    session.add(
        Filing(
            entity_id=case.entity_id,
            instance_id=case.id,
            kind="designation",
            number="2026-0000009",
            presented_at=before,
            signed={"sip_rvl_002": ""},
            result="accepted",
            closed_at=before + timedelta(days=10),
        )
    )
    session.flush()


def _change_roster(session: Session, case: ProcessInstance, by_id: int) -> None:
    """Change a person's post, remove one and add another."""
    known = Case(session, case.entity, case, by_id)
    first, second, *others = records.read(known, "roster")
    new = second | {"document_number": "00000177", "given_names": "Nora", "email": ""}
    new |= {"surnames": "Ejemplo de un Apellido Tan Largo que No Cabe en una Línea"}
    records.write(known, "roster", [first | {"unit": "Secretaría General"}, *others, new])
