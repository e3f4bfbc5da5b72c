"""Decision-makers: public once the authority approves them, or the entity confirms them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity
from app.cases.case import Case
from app.cases.records import documents, replaced, roster
from app.register.registers import environments
from app.register.visits import personnel
from forms.records import Post
from forms.shapes.personnel_change import merged_posts

Row = Mapping[str, Any]


def read_judged(case: Case) -> list[Post] | None:
    """Return the list as it was when the authority judged it last; None before its first look."""
    judged = documents.newest(case, "decision_review")
    if judged is None:
        return None
    record = documents.as_of(case, "decision_makers", judged.at)
    return cast("list[Post]", record.data) if record else None


def write_review(case: Case, review: dict[str, Any]) -> None:
    """Store the authority's decision; an approval updates the public roster."""
    documents.write(case, "decision_review", review)
    if review["decision"] == "approved":
        publish(case)


def amend(case: Case, posts: Sequence[Post], removed: Sequence[Post]) -> None:
    """Apply changed holders and removed posts to the list and to the public roster.

    A list that the authority has not approved yet is not public: its approval publishes it whole.
    """
    before = documents.read(case, "decision_makers", of_entity=True)
    after = merged_posts(before, posts, removed)
    if changed := replaced.changes("decision_makers", before, after):
        case.log("entity.answer_changed", changed=changed)
    documents.write(case, "decision_makers", after)
    hold(case.session, case.entity, [*posts, *removed])


def hold(session: Session, entity: Entity, posts: Sequence[Row]) -> None:
    """Store changed holders where the entity's list is public, also in its relation. Flush only."""
    register = environments.find(session, entity, "production")
    if register is not None and personnel.has_decision_makers(session, register):
        personnel.change_decision_makers(session, register, posts)
        roster.follow_posts(session, register)


def publish(case: Case) -> None:
    """Update the public roster to the decision-makers that the entity named."""
    register = environments.find(case.session, case.entity, "production")
    if register is None:
        return
    posts = documents.read(case, "decision_makers", of_entity=True) or []
    personnel.receive_decision_makers(case.session, register, posts, calendar.lima_day(case.at))
    roster.follow_posts(case.session, register)
