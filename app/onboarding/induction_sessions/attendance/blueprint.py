"""The blueprint of the pages of attendance, and how they freeze a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint

from app.base import db
from app.base.models import Entity
from app.onboarding import batches
from app.onboarding.batches.kind import Data, Kind

blueprint = Blueprint("attendance", __name__)

ROOT = "/sesiones/<int:session_id>/asistencia"


def freeze(
    kind: Kind, rows: Sequence[tuple[int, Data]], user_id: int, data: Mapping[str, Any]
) -> int:
    """Store the dry run of a batch: the id of the entity and the data of each row. Commits.

    Return the number of the batch.
    """
    session = db.session()
    session.commit()  # the dry run takes a while, in which others must not wait for a lock
    with db.reading() as reading:
        known = [(reading.get_one(Entity, entity_id), own) for entity_id, own in rows]
        dry_run = batches.check_rows(reading, kind, known, user_id, data)
    batch = batches.store(session, dry_run)
    session.commit()
    return batch.id
