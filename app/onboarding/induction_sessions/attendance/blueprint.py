"""The blueprint of the pages of attendance, and how they freeze a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app

from app.base import db
from app.onboarding import batches
from app.onboarding.batches.kind import Kind, Row

blueprint = Blueprint("attendance", __name__)

ROOT = "/sesiones/<int:session_id>/asistencia"


def freeze(kind: Kind, rows: Sequence[Row], user_id: int, data: Mapping[str, Any]) -> int:
    """Store the dry run of a batch in a separate transaction; return the number of the batch.

    `rows`: the entity and the data of each. For views that are `db.only_reads`: others wait for no
    lock while a page is matched, judged or rendered.
    """
    dry_run = batches.check_rows(db.session(), kind, rows, user_id, data)
    with db.writing(current_app) as session:
        return batches.store(session, dry_run).id
