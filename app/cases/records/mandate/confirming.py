"""The people that the next confirmation of a register names, after a mandate has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.models import Task
from app.cases.case import Case
from app.cases.records import documents, personnel_change
from app.cases.records.mandate import AFTER, Post
from app.register.registers.mandates import Mandates
from forms.shapes.decision_makers import TRUSTED, holder_label, in_office

#: The steps that name these people.
CONFIRMING = ("confirm_register", "define_decision_makers")


class ToConfirm(TypedDict):
    """`to_confirm`: people who may have left with the authority, by their labels."""

    ends_on: str
    holders: list[str]


@dataclass(frozen=True)
class Answers:
    """What is known of an entity since the end of its mandate."""

    #: Another period began, and nobody was asked who left: a batch registered the new authority,
    #: or the authority of before was re-elected.
    unasked: bool
    #: The new authority said who of confidence left with the mandate.
    who_left: bool
    #: The new authority does not know whether the administrator still works there.
    unknown: bool
    #: When these became known: the mandate had ended, and the change was registered.
    known_at: datetime
    #: The entity has confirmed its register, or written its list, since then.
    confirmed: bool


def _answers(session: Session, ids: Sequence[int], ends_on: date) -> dict[int, Answers]:
    """Return what is known of each entity since the end of its mandate."""
    since = documents.authorities_since(session, ids)
    changes = documents.newest_of_entities(session, "authority_change", ids)
    confirmed = _confirmed_at(session, ids)
    end = calendar.midnight(ends_on + timedelta(days=1))
    found = {}
    for entity_id in ids:
        change, after = changes.get(entity_id), end
        said: dict[str, Any] = {}
        if change is not None and change.data.get("since_on", "") > ends_on.isoformat():
            said, after = change.data, max(end, change.at)
        came_later = entity_id in since and since[entity_id][1] > ends_on
        at = confirmed.get(entity_id)
        found[entity_id] = Answers(
            unasked=came_later and "after" not in said,
            who_left=came_later and "after" in said,
            unknown=said.get("administrator_stays") == "unknown",
            known_at=after,
            confirmed=at is not None and at >= after,
        )
    return found


def _confirmed_at(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Return when each entity last answered a step that asks who stays."""
    rows = session.execute(
        select(Task.entity_id, func.max(Task.closed_at))
        .where(among(Task.entity_id, ids), Task.step.in_(CONFIRMING), Task.state == "completed")
        .group_by(Task.entity_id)
    )
    return {entity_id: at for entity_id, at in rows if at is not None}


def trusted_of(session: Session, ids: Sequence[int], ends_on: date) -> dict[int, list[Post]]:
    """Return the holders of posts of confidence from before the end of a mandate.

    Of each entity that has any, unless it confirmed them since, or an authority that came in
    afterwards said who left.
    """
    return _trusted(session, _answers(session, ids, ends_on), ends_on)


def _trusted(
    session: Session, answers: Mapping[int, Answers], ends_on: date
) -> dict[int, list[Post]]:
    lists = documents.of_entities(session, "decision_makers", list(answers))
    today, day = calendar.today(), ends_on.isoformat()
    found = {}
    for entity_id, posts in lists.items():
        if answers[entity_id].who_left or answers[entity_id].confirmed:
            continue
        held = [
            dict(post)
            for post in in_office(posts, today)
            if post["ground"] in TRUSTED and post["from_on"] <= day
        ]
        if held:
            found[entity_id] = held
    return found


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
            answers = _answers(case.session, [case.entity.id], day)
            held = _trusted(case.session, answers, day).get(case.entity.id, ())
            labels = _administrator(case, answers[case.entity.id])
            labels += [holder_label(post) for post in held]
            return {"ends_on": day.isoformat(), "holders": labels} if labels else None
    return None


def _administrator(case: Case, answers: Answers) -> list[str]:
    """Return the administrator as a label, if the new authority was not asked or did not know."""
    if answers.confirmed or not (answers.unknown or answers.unasked):
        return []
    designated = documents.newest(case, "administrator", of_entity=True)
    if designated is None or designated.at >= answers.known_at:
        return []
    if not personnel_change.read_administrator_in_office(case):
        return []
    holder = designated.data["holder"]
    name = f"{holder['given_names']} {holder['surnames']}"
    return [f"{name} · administrador del registro"]
