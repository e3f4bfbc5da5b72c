"""Putting a version of the diagrams into force."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.config import shipped
from app.base.definitions import NothingDeployed, in_force
from app.base.models import Deployment, PutIntoForce
from app.cases import reminders
from app.cases.processes.versions.contract import check
from workflows.contract import InvalidDiagram
from workflows.definition import Definition, read_folder

LADDER = "reminders.dmn"


def deploy(session: Session, texts: Mapping[str, str] | None = None) -> Deployment:
    """Put a version into force: new instances start on it, running ones stay on theirs.

    Deploying the same texts again changes nothing. A changed ladder of reminders applies to all
    open tasks at once. Raise InvalidDiagram.
    """
    texts = read_folder(shipped.DIAGRAMS) if texts is None else dict(texts)
    faults = check(texts).faults
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
