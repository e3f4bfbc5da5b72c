"""Putting a version into force from a page: by one person, or by two.

A version that changes more than names, drawings or remarks needs a second person: one proposes it,
another confirms it. For other versions the setting `ZAGUAN_VERSIONS_NEED_TWO` decides. The author
in `PutIntoForce` is who proposed it; the log entry is of who confirmed it, and names the author.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from app.base import db
from app.base.definitions import definition_of
from app.base.models import Deployment, Proposal, PutIntoForce
from app.cases.processes.versions import storing
from app.cases.processes.versions.deploying import current, enter
from app.cases.processes.versions.storing import checked, name_of
from app.people import proposals
from app.people.proposals import Refused
from workflows import differences
from workflows.definition import Definition
from workflows.differences import Difference

IN_FORCE = "Esa versión ya está en vigor."
NO_REASON = "Escribe el motivo."
#: Kind and key of the proposal to put a version into force: one waits at a time.
PROPOSAL = "version", "in_force"
NEEDS_TWO = "Esta versión la confirma una segunda persona: propónla."
STALE = (
    "Después de la propuesta entró en vigor otra versión: mira qué cambia ahora y proponla otra "
    "vez."
)
REPLACED = "Entretanto entró en vigor otra versión: mira abajo qué cambia ahora y decide otra vez."


class Replaced(Refused):
    """Another version is in force than the one that the user compared with."""


def grounds(session: Session, deployment: Deployment) -> tuple[Difference, ...]:
    """Return the differences from the version in force that need a second person by themselves.

    They are more than names, drawings or remarks. Nothing is where no version is in force.
    """
    return grounds_of(session, definition_of(deployment))


def grounds_of(session: Session, definition: Definition) -> tuple[Difference, ...]:
    """Return the same for a version that may not be stored."""
    before = current(session)
    return () if before is None else differences.needs_two(definition_of(before), definition)


def needs_two(session: Session, deployment: Deployment) -> bool:
    """Return whether a second person confirms this version, by its changes or the setting."""
    every = current_app.config["VERSIONS_NEED_TWO"] == "yes"
    return every or bool(grounds(session, deployment))


def waiting(session: Session) -> Proposal | None:
    """Return the proposal that waits for a second person, if there is one."""
    return proposals.waiting(session, *PROPOSAL)


def put_into_force(
    session: Session, deployment_id: int, *, reason: str, actor_id: int, base_id: int | None = None
) -> PutIntoForce:
    """Put a stored version into force, by one person.

    `base_id`: the version in force whose differences the person was shown. Raise Refused, also if
    it needs a second person, Replaced if another one is in force by now, and InvalidDiagram if it
    does not fit this code any more.
    """
    deployment = _ready(session, deployment_id, reason, base_id)
    if needs_two(session, deployment):
        raise Refused(NEEDS_TWO)
    return enter(session, deployment, by_id=actor_id, reason=reason.strip(), actor_id=actor_id)


def propose(
    session: Session, deployment_id: int, *, reason: str, actor_id: int, base_id: int | None = None
) -> Proposal:
    """Propose to put a stored version into force. Raise like `put_into_force`."""
    deployment = _ready(session, deployment_id, reason, base_id)
    before = current(session) or deployment
    return proposals.propose(
        session,
        *PROPOSAL,
        actor_id=actor_id,
        what=f"poner en vigor la versión {deployment.id} del proceso",
        reason=reason.strip(),
        deployment=deployment.id,
        version=name_of(deployment),
        base=before.id,
        lanes=differences.lanes(definition_of(before), definition_of(deployment)),
    )


def confirm(session: Session, proposal_id: int, actor_id: int) -> PutIntoForce:
    """Put the proposed version into force, as a second person.

    Raise Refused, also after another version was put into force. Raise InvalidDiagram if it does
    not fit this code any more.
    """
    db.in_turn(session, storing.TURN)
    proposal = proposals.confirm(session, proposal_id, actor_id)
    before = current(session)
    if before is None or before.id != proposal.data["base"]:
        raise Refused(STALE)
    return enter(
        session,
        _ready(session, proposal.data["deployment"], proposal.reason),
        by_id=proposal.by_id,
        reason=proposal.reason,
        actor_id=actor_id,
        proposer=proposal.by.full_name,
    )


def _ready(
    session: Session, deployment_id: int, reason: str, base_id: int | None = None
) -> Deployment:
    """Take the turn of versions, and return a version that may be put into force now."""
    db.in_turn(session, storing.TURN)
    deployment, before = session.get_one(Deployment, deployment_id), current(session)
    if not reason.strip():
        raise Refused(NO_REASON)
    if before is not None and before.id == deployment.id:
        raise Refused(IN_FORCE)
    if base_id is not None and (before is None or before.id != base_id):
        raise Replaced(REPLACED)
    checked(deployment.texts)
    return deployment
