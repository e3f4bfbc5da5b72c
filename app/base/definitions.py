"""The deployed versions of the diagrams, each parsed once per process."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.config.fault import Foreseen
from app.base.models import Deployment, PutIntoForce
from workflows.definition import Definition

IN_FORCE = "in-force"
#: How a hash may be shortened.
SHORT_HASH = re.compile(r"[0-9a-f]{7,64}")


class NothingDeployed(Foreseen):
    """There is no version of the diagrams yet; the message says what to run."""

    exit_code = 2


_definitions: dict[int, Definition] = {}


def in_force(session: Session) -> Deployment:
    """Return the version that new instances begin on. Raises NothingDeployed before the first."""
    deployment = session.scalars(
        select(Deployment)
        .join(PutIntoForce, PutIntoForce.deployment_id == Deployment.id)
        .order_by(PutIntoForce.at.desc(), PutIntoForce.id.desc())
        .limit(1)
    ).first()
    if deployment is None:
        raise NothingDeployed("nothing is deployed yet: run `zaguan setup`")
    return deployment


def find_version(session: Session, text: str) -> Deployment | None:
    """Return the version that a text names: "in-force", a number, or how one hash begins.

    None if there is none, or if several hashes begin so. A number that is a version's id wins over
    a hash that begins with it.
    """
    if text == IN_FORCE:
        return in_force(session)
    if text.isascii() and text.isdigit() and len(text) < 10:
        numbered = session.get(Deployment, int(text))
        if numbered is not None:
            return numbered
    if not SHORT_HASH.fullmatch(text):
        return None
    begun = Deployment.hash.startswith(text, autoescape=True)
    found = session.scalars(select(Deployment).where(begun).limit(2)).all()
    return found[0] if len(found) == 1 else None


def definition_of(deployment: Deployment) -> Definition:
    """Return the parsed form of a deployment, parsed once per process."""
    if deployment.id not in _definitions or (_definitions[deployment.id].hash != deployment.hash):
        _definitions[deployment.id] = Definition.parse(deployment.texts)
    return _definitions[deployment.id]
