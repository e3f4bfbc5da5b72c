"""The deployed versions of the diagrams, each parsed once per process."""

from __future__ import annotations

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.base.models import Deployment, PutIntoForce
from workflows.definition import Definition

#: The id of a version and a moment at which it was put into force. 0.10.0, which may still run,
#: writes the moment into the version.
PUT = union_all(
    select(PutIntoForce.deployment_id.label("id"), PutIntoForce.at.label("at")),
    select(Deployment.id, Deployment.deployed_at),
).subquery("put")


class NothingDeployed(Exception):
    """There is no version of the diagrams yet; the message says what to run."""


_definitions: dict[int, Definition] = {}


def in_force(session: Session) -> Deployment:
    """Return the version that new instances begin on. Raises NothingDeployed before the first."""
    newest = select(PUT.c.id).order_by(PUT.c.at.desc(), PUT.c.id.desc()).limit(1)
    deployment = session.scalars(
        select(Deployment).where(Deployment.id == newest.scalar_subquery())
    ).first()
    if deployment is None:
        raise NothingDeployed("nothing is deployed yet: run `zaguan setup`")
    return deployment


def definition_of(deployment: Deployment) -> Definition:
    """Return the parsed form of a deployment, parsed once per process."""
    if deployment.id not in _definitions or (_definitions[deployment.id].hash != deployment.hash):
        _definitions[deployment.id] = Definition.parse(deployment.texts)
    return _definitions[deployment.id]
