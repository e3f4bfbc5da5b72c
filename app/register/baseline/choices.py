"""What people decide about the names of an export; the decision is valid for later ones."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Baseline, BaselineName, Entity, EntityName
from app.register.baseline import matching


class TooLate(Exception):
    """The visits of the name were imported already."""


def choose(
    session: Session, baseline: Baseline, number: int, entity: Entity | None, by_id: int
) -> None:
    """Assign a name to an entity, or to none of the catalogue. Flushes; logs only a change.

    Other spellings of the name in the same export, and in later ones, follow. Raises TooLate if
    its visits were imported, LookupError for a number that the export does not have.
    """
    rows = session.execute(
        select(BaselineName, BaselineName.lines.is_not(None))
        .where(BaselineName.baseline_id == baseline.id)
        .order_by(BaselineName.number)
        .with_for_update(of=BaselineName)  # not while `bringing` imports one of them
        .execution_options(populate_existing=True)
    ).all()
    names, waiting = [one for one, _ in rows], {one.number for one, waits in rows if waits}
    chosen = next((one for one in names if one.number == number), None)
    if chosen is None:
        raise LookupError(number)
    if chosen.number not in waiting:
        raise TooLate
    entity_id, folded = entity.id if entity else None, matching.folded(chosen.name)
    alike = [one for one in names if one is chosen or matching.folded(one.name) == folded != ""]
    for one in alike:
        if one.number in waiting:
            one.match, one.entity_id, one.outside = "chosen", entity_id, entity is None
    if not session.is_modified(chosen):
        return
    if folded:
        now = calendar.now()
        values = {"folded": folded, "entity_id": entity_id, "at": now, "by_id": by_id}
        db.insert_missing(session, EntityName, values)
        known = session.scalars(select(EntityName).where(EntityName.folded == folded)).one()
        known.entity_id, known.at, known.by_id = entity_id, now, by_id
    audit_log.write(
        session,
        "baseline.name_chosen",
        actor_id=by_id,
        entity_id=entity_id,
        baseline=baseline.id,
        name=chosen.name,
    )
    session.flush()
