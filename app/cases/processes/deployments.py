"""Versions of the diagrams: checking and deploying them, and the parsed form of each."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.config import shipped
from app.base.definitions import NothingDeployed, in_force
from app.base.models import Deployment, ProcessInstance, PutIntoForce
from app.cases import records, reminders, service_tasks
from app.people import access
from app.register.suppression import terms
from forms import steps
from workflows.contract import Contract, Fault, InvalidDiagram
from workflows.definition import Definition, faults_of, read_folder

LADDER = "reminders.dmn"
PURPOSES = frozenset(
    {
        "onboarding",
        "redesignation",
        "change_authority",
        "change_personnel",
        "upkeep",
        "register_follow_up",
    }
)
HOLDERS = frozenset(
    {"entity", "sip", "sgtd", "both", "secretary", "date", "mesa_de_partes", "suspended"}
)
#: What has a row of days in `deadlines.dmn` without being a step.
TERMS = frozenset({"answer_question", *(name for name, _ in terms.ROWS.values())})


def contract() -> Contract:
    """Return what this code offers to the diagrams."""
    return Contract(
        steps={step.id: step.outcomes for step in steps().values()},
        service_tasks=service_tasks.outcomes(),
        lanes=frozenset(access.LANES),
        days=frozenset(records.DAYS),
        purposes=PURPOSES,
        holders=HOLDERS,
        terms=TERMS,
        retired=frozenset(step.id for step in steps().values() if step.form.retired),
    )


def record_faults() -> list[Fault]:
    """Return the names in NEEDS and GIVES that no record module answers, or that no step needs."""
    faults = []
    needed = {name for step in steps().values() for name in (*step.needs, *step.shows)}
    for step in steps().values():
        for name in (*step.needs, *step.shows):
            if name not in records.READABLE:
                faults.append(Fault("", step.id, f"needs {name}, which is no record"))
        for name in step.gives:
            if name not in records.WRITABLE:
                faults.append(Fault("", step.id, f"gives {name}, which no record takes"))
            elif (name in needed) == (name in records.ARCHIVED):
                sentence = "some step needs" if name in needed else "no step needs"
                faults.append(Fault("", step.id, f"gives {name}, which {sentence}; see ARCHIVED"))
    return faults


def check(texts: Mapping[str, str], *, whole: bool = True) -> tuple[Fault, ...]:
    """Return all reasons to refuse a deployment; empty if it may be deployed."""
    return (*faults_of(texts, contract(), whole=whole), *record_faults())


def deploy(session: Session, texts: Mapping[str, str] | None = None) -> Deployment:
    """Put a version into force: new instances start on it, running ones stay on theirs.

    Deploying the same texts again changes nothing. A changed ladder of reminders applies to all
    open tasks at once. Raise InvalidDiagram.
    """
    texts = read_folder(shipped.DIAGRAMS) if texts is None else dict(texts)
    faults = check(texts)
    if faults:
        raise InvalidDiagram(faults)
    definition = Definition.parse(texts)
    now, before = calendar.now(), _in_force(session)
    values = {"hash": definition.hash, "texts": dict(texts), "deployed_at": now}
    db.insert_missing(session, Deployment, values)
    deployment = session.scalars(select(Deployment).where(Deployment.hash == definition.hash)).one()
    if before is None or before.id != deployment.id:
        session.add(PutIntoForce(deployment_id=deployment.id, at=now))
        session.flush()
    if before is None or before.texts.get(LADDER) != texts.get(LADDER):
        reminders.look_again(session)
    return deployment


def _in_force(session: Session) -> Deployment | None:
    """Return the version in force, if there is one."""
    try:
        return in_force(session)
    except NothingDeployed:
        return None


def check_live(session: Session) -> None:
    """Check every version that has live instances against this code.

    Raise InvalidDiagram if one needs something that the code no longer has.
    """
    live = session.scalars(
        select(Deployment)
        .join(ProcessInstance)
        .where(ProcessInstance.ended_at.is_(None))
        .distinct()
        .with_only_columns(Deployment.id)
    ).all()
    for deployment_id in live:
        deployment = session.get_one(Deployment, deployment_id)
        faults = check(deployment.texts, whole=False)
        if faults:
            raise InvalidDiagram(faults)
