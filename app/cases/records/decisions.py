"""Decision-makers: what the authority approves, or the entity confirms, becomes public."""

from __future__ import annotations

from typing import Any

from app.base import calendar
from app.cases.case import Case
from app.cases.records import documents
from app.register.registers import environments
from app.register.visits import personnel


def write_review(case: Case, review: dict[str, Any]) -> None:
    """Keeps the authority's decision; an approval brings the public roster up to date."""
    documents.write(case, "decision_review", review)
    if review["decision"] == "approved":
        publish(case)


def write_confirmation(case: Case, review: dict[str, Any]) -> None:
    """Keeps what the periodic confirmation changed, and publishes it at once."""
    documents.write(case, "decision_makers_review", review)
    publish(case)


def publish(case: Case) -> None:
    """Brings the public roster to the decision-makers that the entity named."""
    register = environments.find(case.session, case.entity, "production")
    if register is None:
        return
    posts = documents.read(case, "decision_makers", of_entity=True) or []
    personnel.receive_decision_makers(case.session, register, posts, calendar.lima_day(case.at))
