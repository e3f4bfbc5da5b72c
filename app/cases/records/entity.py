"""`entity`: the row of the catalogue, and the entity's declarations about itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select

from app.base import calendar
from app.base.models import LogEntry
from app.cases.case import Case
from app.cases.entities import rucs
from forms.records import Entity

WRITABLE = (
    "name",
    "ruc",
    "address",
    "ubigeo",
    "website",
    "website_kind",
    "phone",
    "has_register",
    "level",
    "sector",
)


def read(case: Case) -> Entity:
    """Return the entity as steps read it."""
    entity = case.entity
    names = ("code", "acronym", "kind", "place", *WRITABLE)
    return cast("Entity", {name: getattr(entity, name) for name in names})


def read_as_of(case: Case, moment: datetime) -> Entity:
    """Return the entity as steps read it at a moment: the logged changes since then are undone."""
    found: dict[str, Any] = dict(read(case))
    changes = case.session.scalars(
        select(LogEntry.data)
        .where(
            LogEntry.entity_id == case.entity.id,
            LogEntry.kind == "entity.changed",
            LogEntry.at > moment,
        )
        .order_by(LogEntry.id.desc())
    )
    for data in changes:
        found |= {name: old for name, (old, _) in data["changed"].items() if name in found}
    return cast("Entity", found)


def write(case: Case, value: Mapping[str, Any]) -> None:
    """Store the entity's declarations, and log the changes."""
    changed = {}
    for name in WRITABLE:
        old, new = getattr(case.entity, name), value.get(name)
        if new is not None and new != old:
            changed[name] = [old, new]
            setattr(case.entity, name, new)
    if changed:
        case.entity.index()
        case.log("entity.changed", changed=changed)
    if "ruc" in changed:
        rucs.changed(case.session, case.entity, changed["ruc"][0], case.actor_id)


def read_days_off(case: Case) -> dict[str, str]:
    """Return the non-working days that apply to the entity: ISO date → norm."""
    decreed = calendar.decreed_days(case.session, case.entity)
    return {day.isoformat(): norm for day, norm in decreed.items()}


def read_other_rucs(case: Case) -> dict[str, str]:
    """Return the RUCs of other entities: RUC → the entity's name."""
    return rucs.held_by_others(case.session, case.entity)


def read_unconfirmed_ruc(case: Case) -> list[str]:
    """Return the names of the entities that share its RUC without a confirmation."""
    return [rucs.named(other) for other in rucs.unconfirmed(case.session, case.entity)]
