"""Versions as they are stored: checked, offered, and where they came from.

A version that is offered is stored and not in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Deployment, VersionOffer
from app.cases.processes.versions.contract import check
from workflows.contract import Fault, InvalidDiagram
from workflows.definition import hash_of

#: code: it came with a release; command: `zaguan offer` or `zaguan deploy`; page: *Proceso*.
Source = Literal["code", "command", "page"]
#: The lock of all acts on versions (`db.in_turn`).
TURN = "versions"


@dataclass(frozen=True)
class Checked:
    """The texts of a version without faults, by file name.

    `remarks`: what it does not use, and the records that its steps lack.
    """

    texts: Mapping[str, str]
    remarks: tuple[Fault, ...] = ()

    @property
    def hash(self) -> str:
        """The SHA-256 of the texts."""
        return hash_of(self.texts)


def checked(texts: Mapping[str, str]) -> Checked:
    """Check the texts of a version against this code. Raise InvalidDiagram."""
    found = check(texts)
    if found.faults:
        raise InvalidDiagram(found.faults)
    return Checked(dict(texts), found.remarks)


def store(
    session: Session, version: Checked, source: Source, by_id: int | None
) -> tuple[Deployment, bool]:
    """Store a version and its source, each once. Return it, and whether the source is new.

    Call it in the turn of versions.
    """
    values = {"hash": version.hash, "texts": dict(version.texts)}
    db.insert_missing(session, Deployment, values)
    of_hash = select(Deployment).where(Deployment.hash == version.hash)
    deployment = session.scalars(of_hash).one()
    offer_exists = select(VersionOffer.id).where(
        VersionOffer.deployment_id == deployment.id, VersionOffer.source == source
    )
    is_new = session.scalar(offer_exists) is None
    if is_new:
        offered = {"at": calendar.now(), "source": source, "by_id": by_id}
        session.add(VersionOffer(deployment_id=deployment.id, **offered))
        session.flush()
    return deployment, is_new


def offer(
    session: Session, version: Checked, *, source: Source, by_id: int | None = None
) -> Deployment:
    """Store a version without putting it into force. The same one from the same source is once."""
    db.in_turn(session, TURN)
    deployment, is_new = store(session, version, source, by_id)
    if is_new:
        name = name_of(deployment)
        audit_log.write(session, "version.offered", actor_id=by_id, version=name, source=source)
    return deployment


def name_of(deployment: Deployment) -> str:
    """Return what pages, commands and the log call a version: the beginning of its hash."""
    return deployment.hash[:12]


def came_with_code(session: Session, deployment: Deployment) -> bool:
    """Return whether a version came with this release or an earlier one."""
    by_code = select(VersionOffer.id).where(
        VersionOffer.deployment_id == deployment.id, VersionOffer.source == "code"
    )
    return session.scalar(by_code) is not None
