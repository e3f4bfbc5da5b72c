"""A rehearsal with a batch, for the pages of `rules_of_rehearsals`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Deployment, MigrationBatch
from app.cases.processes.migrating.rehearsals import starting


def things(session: Session, former: str) -> dict[str, str]:
    """Return the values in addresses; `former`: the version onto which the cases would move."""
    version = session.scalars(select(Deployment).where(Deployment.hash.startswith(former))).one()
    row = starting.start(session, version, None)
    batch = MigrationBatch(
        migration_id=row.id, number=1, state="proposed", filter={}, at=calendar.now(), by_id=None
    )
    session.add(batch)
    session.flush()
    return {"rehearsal": str(row.id)}
