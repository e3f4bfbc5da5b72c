"""The deployed versions of the diagrams, each parsed once per process."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.base.models import Deployment, PutIntoForce
from workflows.definition import Definition

#: `Deployment.deployed_at`, which 0.11.0 still reads: it finds every version put into force later.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: The id of a version and a moment at which it was put into force. 0.11.0 and before
#: wrote the moment into the version, too.
PUT = union_all(
    select(PutIntoForce.deployment_id.label("id"), PutIntoForce.at.label("at")),
    select(Deployment.id, Deployment.deployed_at).where(Deployment.deployed_at > NEVER),
).subquery("put")


IN_FORCE = "in-force"
#: How a hash may be shortened.
SHORT_HASH = re.compile(r"[0-9a-f]{7,64}")


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
