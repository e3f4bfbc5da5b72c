"""The entry of a new authority: its code, and the roles that end with the change of authority."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, LogEntry
from app.cases import notices
from app.cases.case import Case
from app.cases.records.mandate import began_at, end_of
from app.people import access


def close(case: Case) -> None:
    """Close what the code of a change of authority opened, once the change has ended. Flush only.

    An unused code is void. Who came in with the code of a cancelled change has no role any more.
    """
    access.void_authority_code(case.session, case.entity)
    end = end_of(case.session, case.instance.id)
    if end is None or case.instance.status != "cancelled":
        return
    bearers = select(LogEntry.actor_id).where(
        LogEntry.kind == "code.used",
        LogEntry.entity_id == case.entity.id,
        LogEntry.at >= began_at(end, case.instance),
    )
    came_in = set(case.session.scalars(bearers))
    for user in access.grants.with_role(case.session, "preparer", case.entity):
        if user.id in came_in:
            access.revoke(case.session, user, "preparer", case.entity, case.actor_id)
    if access.vacancies.is_vacant(case.session, ("authority", case.entity.id)):
        call_in(case.session, case.entity, case.actor_id)


def call_in(session: Session, entity: Entity, actor_id: int | None) -> None:
    """Issue a code for an entity for whose authority nobody answers, and notify the coordinator."""
    access.call_in(session, entity, actor_id, "authority_code")
    notices.nobody_left(session, entity, "authority")
