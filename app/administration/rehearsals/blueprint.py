"""The blueprint of rehearsals, and what its address names."""

from __future__ import annotations

import re

from flask import Blueprint, abort, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base.models import Deployment, Migration, MigrationBatch

blueprint = Blueprint("rehearsals", __name__)

ROOT = "/proceso/versiones/<hash_>/ensayo"
ONE = f"{ROOT}/<int:migration>"
#: The digits of a hash that addresses have, and what an address may have.
SHORT = 12
HASH = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


def this_version(session: Session, hash_: str) -> Deployment:
    """Return the one version whose hash begins so. Otherwise 404."""
    if not HASH.fullmatch(hash_):
        abort(404)
    query = select(Deployment).where(Deployment.hash.startswith(hash_)).limit(2)
    found = session.scalars(query).all()
    if len(found) != 1:
        abort(404)
    return found[0]


def this_migration(session: Session, hash_: str, number: int) -> tuple[Deployment, Migration]:
    """Return the version and the migration that an address names. Otherwise 404."""
    version = this_version(session, hash_)
    row = session.get(Migration, number, options=[joinedload(Migration.by)])
    if row is None or row.deployment_id != version.id:
        abort(404)
    return version, row


def this_batch(session: Session, migration: Migration, number: int) -> MigrationBatch:
    """Return a batch of a migration. Otherwise 404."""
    return session.get(MigrationBatch, (migration.id, number)) or abort(404)


def every_batch_needs_two() -> bool:
    """Return whether the setting asks for a second person, whatever a version changes."""
    return bool(current_app.config["VERSIONS_NEED_TWO"] == "yes")
