"""Decision-makers: public once the authority approves them, or the entity confirms them."""

from __future__ import annotations

from typing import Any

from app.base import calendar
from app.cases.case import Case
from app.cases.records import documents
from app.register.registers import environments
from app.register.visits import personnel


def write_review(case: Case, review: dict[str, Any]) -> None:
    """Store the authority's decision; an approval updates the public roster."""
    documents.write(case, "decision_review", review)
    if review["decision"] == "approved":
        publish(case)


def write_confirmation(case: Case, review: dict[str, Any]) -> None:
    """Store the changes of the periodic confirmation, and publish them at once."""
    documents.write(case, "decision_makers_review", review)
    publish(case)


def publish(case: Case) -> None:
    """Update the public roster to the decision-makers that the entity named."""
    register = environments.find(case.session, case.entity, "production")
    if register is None:
        return
    posts = documents.read(case, "decision_makers", of_entity=True) or []
    personnel.receive_decision_makers(case.session, register, posts, calendar.lima_day(case.at))
