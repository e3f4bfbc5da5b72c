"""Incidents: what failed in an instance, of one service task or of the instance as a whole."""

from __future__ import annotations

import traceback

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Incident
from app.cases.case import Case
from app.cases.custody import WHOLE


def open_incidents(session: Session, instance_id: int) -> list[Incident]:
    """Return the open incidents of an instance, the oldest first."""
    query = select(Incident).where(
        Incident.instance_id == instance_id, Incident.resolved_at.is_(None)
    )
    return list(session.scalars(query.order_by(Incident.id)))


def record_failure(
    case: Case, known: list[Incident], element: str, name: str, error: Exception
) -> Incident:
    """Open the incident of an element, or count one more attempt on it; log it.

    `known`: the open incidents of the instance, to which a new one is added. `element` is WHOLE
    for the instance itself, whose incident is logged once only.
    """
    incident = next((one for one in known if one.element == element), None)
    is_new = incident is None
    if incident is None:
        incident = Incident(
            instance_id=case.instance.id,
            element=element,
            name=name,
            attempts=0,
            happened_at=case.at,
        )
        case.session.add(incident)
        known.append(incident)
    incident.attempts += 1
    incident.traceback = "".join(traceback.format_exception(error))
    if is_new or element != WHOLE:
        case.log("incident.raised", element=element, name=incident.name)
    return incident
