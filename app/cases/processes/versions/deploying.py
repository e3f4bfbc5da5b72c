"""Putting a version into force by a command, and at the setup of a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.config import shipped
from app.base.definitions import NothingDeployed, in_force
from app.base.models import Deployment, PutIntoForce
from app.cases import reminders
from app.cases.processes.versions import storing
from app.cases.processes.versions.storing import (
    Checked,
    Source,
    came_with_code,
    checked,
    name_of,
)
from app.people import proposals
from workflows.definition import read_folder

LADDER = "reminders.dmn"
#: Why the version of a release is in force, unless a person says why.
FROM_CODE = "Vino con Zaguán"


def deploy(
    session: Session,
    texts: Mapping[str, str] | None = None,
    *,
    source: Source = "command",
    by_id: int | None = None,
    reason: str = "",
) -> Deployment:
    """Put a version into force: new instances start on it, running ones stay on theirs.

    `texts`: by default those that came with the code. Deploying the version in force again changes
    nothing. No second person is asked for: that is for the caller. Raise InvalidDiagram.
    """
    if texts is None:
        texts, source = read_folder(shipped.DIAGRAMS), "code"
        reason = reason or FROM_CODE
    version = checked(texts)
    db.in_turn(session, storing.TURN)
    deployment, _ = storing.store(session, version, source, by_id)
    before = current(session)
    if before is None or before.id != deployment.id:
        enter(session, deployment, by_id=by_id, reason=reason, actor_id=by_id)
    return deployment


def take_from_code(session: Session) -> Deployment:
    """Deploy the version that came with the code, or offer it. Return the version in force.

    It is only offered where a person put another version into force, which setup must not replace.
    """
    db.in_turn(session, storing.TURN)  # nobody puts another one into force meanwhile
    before = current(session)
    if before is None or came_with_code(session, before):
        return deploy(session)
    offered = storing.offer(session, checked(read_folder(shipped.DIAGRAMS)), source="code")
    return before if before.id != offered.id else offered


def enter(
    session: Session,
    deployment: Deployment,
    *,
    by_id: int | None,
    reason: str,
    actor_id: int | None,
    proposer: str = "",
) -> PutIntoForce:
    """Enter that a stored version is in force from now on. Call it in the turn of versions.

    `by_id`: its author. `actor_id`: who confirms it, the author if nobody else has to; then
    `proposer` is empty, otherwise the author's name. Proposals that wait become void. A changed
    ladder of reminders applies to all open tasks at once.
    """
    before = current(session)
    put = PutIntoForce(deployment_id=deployment.id, at=_moment(session), by_id=by_id, reason=reason)
    session.add(put)
    session.flush()
    proposals.end(session, "version", "in_force")
    audit_log.write(
        session,
        "version.put",
        actor_id=actor_id,
        version=name_of(deployment),
        reason=reason,
        proposer=proposer,
    )
    if before is None or before.texts.get(LADDER) != deployment.texts.get(LADDER):
        reminders.look_again(session)
    return put


def current(session: Session) -> Deployment | None:
    """Return the version in force, if there is one."""
    try:
        return in_force(session)
    except NothingDeployed:
        return None


def replaces(session: Session, version: Checked) -> bool:
    """Return whether another version is in force than this one."""
    before = current(session)
    return before is not None and before.hash != version.hash


def _moment(session: Session) -> datetime:
    """Return now, or the first moment after the last version was put into force."""
    newest = session.scalar(select(func.max(PutIntoForce.at)))
    return max(calendar.now(), newest + timedelta(microseconds=1)) if newest else calendar.now()
