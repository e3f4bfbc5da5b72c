"""Finished files that have a visit that was hidden after they were made: nobody gets them.

The worker makes them anew within minutes (`app.ops.worker.open_data`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Suppression, Visit
from app.register.export import dumps
from app.register.export.dumps import Dumps

#: Longer than any transaction that hides a visit: what began before a run may end after it.
MARGIN = timedelta(minutes=2)


def published(session: Session) -> Dumps:
    """Return the newest finished run, without files that have a hidden visit."""
    found = dumps.current()
    months = hidden_months(session, found.as_of) if found.as_of else frozenset()
    if not months:
        return found
    return replace(found, files=tuple(one for one in found.files if one.month not in months))


def hidden_months(session: Session, as_of: datetime) -> frozenset[str]:
    """Return the months ("" is the whole register) with visits that were hidden since a run."""
    days = session.scalars(
        select(Visit.visit_on)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(Suppression.hidden_at > as_of - MARGIN, Suppression.audience == "public")
    ).all()
    return frozenset({"", *(f"{day:%Y-%m}" for day in days)}) if days else frozenset()
