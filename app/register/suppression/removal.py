"""The one place that removes values of a visit: from its versions, acts, plan and log entries.

Free texts that users write about a visit are removed too, whatever the fields: the reasons of
versions and acts, and the purpose for which its document was read. They may name the person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.db import chain
from app.base.db.protection import exits
from app.base.db.protection.exits import Removal
from app.base.models import InterestAct, LogEntry, PlannedVisit, Visit
from app.register.suppression import fields, marks
from app.register.visits import history

#: Acts of versions whose reason is a text of Zaguán.
OWN_REASONS = frozenset({"review", "review_ended", "suppression"})
#: Fact → key of the visitor in the entry of a planned visit.
PLANNED = {
    "visitor_name": "name",
    "document_type": "document_type",
    "document_number": "document_number",
    "visitor_entity": "entity",
    "visitor_entity_ruc": "entity_ruc",
}


def remove(
    session: Session,
    visit: Visit,
    groups: Collection[str],
    *,
    ground: str,
    actor_id: int | None,
    at: datetime,
) -> dict[str, Any]:
    """Remove the fields of some groups from everything but the visit's row.

    The session holds the visit locked. Return the values for its row, which `writing.change` takes.
    The hash of an imported row is among them, since it was made of the name.
    """
    facts = fields.facts_of(groups)
    removals = [
        *_of_versions(session, visit, facts),
        *_of_acts(session, visit, fields.columns_of_acts(groups)),
        *_of_log(session, visit),
    ]
    exits.suppress(
        session,
        removals,
        reason=ground,
        actor_id=actor_id,
        entity_id=visit.register.entity_id,
        at=at,
    )
    _empty_plans(session, visit, facts)
    values: dict[str, Any] = dict.fromkeys(facts, "")
    if "visitor_name" in facts and (visit.submission or "").startswith(marks.IMPORTED):
        values["submission"] = None
    return values


def _of_versions(session: Session, visit: Visit, facts: frozenset[str]) -> Iterator[Removal]:
    for version in history.versions_of(session, visit):
        if version.reason and version.act not in OWN_REASONS:
            yield chain.removal(session, "visit_version", version.id, ["reason"])
        there = facts & version.subject.data.keys() if version.subject else ()
        if there:
            yield chain.removal(
                session, "visit_subject", version.id, [f"data.{name}" for name in sorted(there)]
            )


def _of_acts(session: Session, visit: Visit, columns: Collection[str]) -> Iterator[Removal]:
    """Yield what goes from all versions of the acts of a visit, or of its planned meeting."""
    meetings = select(PlannedVisit.id).where(
        PlannedVisit.register_id == visit.register_id, PlannedVisit.visit_id == visit.id
    )
    acts = select(InterestAct.id).where(
        InterestAct.register_id == visit.register_id,
        or_(InterestAct.visit_id == visit.id, InterestAct.planned_visit_id.in_(meetings)),
    )
    for act_id in session.scalars(acts):
        yield chain.removal(
            session, "interest_act", act_id, [*sorted(columns), "reason", "search_text"]
        )


def _of_log(session: Session, visit: Visit) -> Iterator[Removal]:
    """Yield the purposes for which the document of a visit was read."""
    entries = select(LogEntry.id).where(
        LogEntry.entity_id == visit.register.entity_id,
        LogEntry.kind == "visit.unmasked",
        LogEntry.data["visit"].as_string() == visit.code,
    )
    for entry_id in session.scalars(entries):
        yield chain.removal(session, "log", entry_id, ["data.purpose"])


def _empty_plans(session: Session, visit: Visit, facts: Collection[str]) -> None:
    """Empty the entry of the planned visit that became this one."""
    plans = select(PlannedVisit).where(
        PlannedVisit.register_id == visit.register_id, PlannedVisit.visit_id == visit.id
    )
    for plan in session.scalars(plans):
        empty_plan(plan, facts)


def empty_plan(plan: PlannedVisit, facts: Collection[str]) -> None:
    """Empty some facts of a planned visit."""
    gone = {key for fact, key in PLANNED.items() if fact in facts}
    entry: dict[str, Any] = {
        name: "" if name in facts else value for name, value in plan.entry.items()
    }
    visitor: dict[str, Any] = plan.entry["visitor"]
    entry["visitor"] = {name: "" if name in gone else said for name, said in visitor.items()}
    plan.entry = entry
