"""The people that the next confirmation of a register names, after a mandate has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from app.base import calendar
from app.cases.case import Case
from app.cases.records import documents, personnel_change
from app.cases.records.mandate import AFTER, Post
from app.register.registers.mandates import Mandates
from forms.shapes.decision_makers import TRUSTED, holder_label, in_office


class ToConfirm(TypedDict):
    """`to_confirm`: people who may have left with the authority, by their labels."""

    ends_on: str
    holders: list[str]


def trusted_of(session: Session, ids: Sequence[int], ends_on: date) -> dict[int, list[Post]]:
    """Return the holders of posts of confidence from before the end of a mandate.

    Of each entity that has any, unless an authority that came in afterwards said who left.
    """
    since = documents.authorities_since(session, ids)
    changes = documents.of_entities(session, "authority_change", ids)
    lists = documents.of_entities(session, "decision_makers", ids)
    today, day = calendar.today(), ends_on.isoformat()
    found = {}
    for entity_id, posts in lists.items():
        came_later = entity_id in since and since[entity_id][1] > ends_on
        if came_later and not _came_unasked(changes.get(entity_id), day):
            continue
        held = [
            dict(post)
            for post in in_office(posts, today)
            if post["ground"] in TRUSTED and post["from_on"] <= day
        ]
        if held:
            found[entity_id] = held
    return found


def _came_unasked(change: dict[str, Any] | None, day: str) -> bool:
    """Return whether a batch registered the authority after a day: it asks nobody who left."""
    return change is not None and "after" not in change and change.get("since_on", "") > day


def read_to_confirm(case: Case) -> ToConfirm | None:
    """Return which people the entity has not confirmed since its mandate ended.

    They hold posts of confidence; and its administrator, if the new authority did not say whether
    they still work there.
    """
    today = calendar.today()
    table = Mandates.read(case.session)
    for day in reversed([day for day in table.days() if today - AFTER <= day < today]):
        term = table.ending(case.entity, day)
        if term is not None and term.to_on == day:
            held = trusted_of(case.session, [case.entity.id], day).get(case.entity.id)
            labels = [*_administrator(case, day), *(holder_label(post) for post in held or ())]
            return {"ends_on": day.isoformat(), "holders": labels} if labels else None
    return None


def _administrator(case: Case, ends_on: date) -> list[str]:
    """Return the administrator as a label, if the new authority was not asked or did not know."""
    day = ends_on.isoformat()
    change = documents.read(case, "authority_change", of_entity=True) or {}
    unknown = change.get("administrator_stays") == "unknown" and change["since_on"] > day
    if not (unknown or _came_unasked(change, day)):
        return []
    if not personnel_change.read_administrator_in_office(case):
        return []
    holder = documents.read(case, "administrator", of_entity=True)["holder"]
    name = f"{holder['given_names']} {holder['surnames']}"
    return [f"{name} · administrador del registro"]
