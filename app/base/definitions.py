"""The deployed versions of the diagrams, each parsed once per process."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Deployment
from workflows.definition import Definition


class NothingDeployed(Exception):
    """There is no version of the diagrams yet; the message says what to run."""


_definitions: dict[int, Definition] = {}


def in_force(session: Session) -> Deployment:
    """Return the version that new instances begin on. Raises NothingDeployed before the first."""
    deployment = session.scalars(
        select(Deployment).order_by(Deployment.deployed_at.desc(), Deployment.id.desc()).limit(1)
    ).first()
    if deployment is None:
        raise NothingDeployed("nothing is deployed yet: run `zaguan setup`")
    return deployment


def definition_of(deployment: Deployment) -> Definition:
    """Return the parsed form of a deployment, parsed once per process."""
    if deployment.id not in _definitions or (_definitions[deployment.id].hash != deployment.hash):
        _definitions[deployment.id] = Definition.parse(deployment.texts)
    return _definitions[deployment.id]
