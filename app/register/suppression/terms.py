"""The terms of decisions and answers: rows of `deadlines.dmn`, in working days."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.base.definitions import NothingDeployed, definition_of, in_force
from workflows.decisions import decide_one

#: What has a term → the name of its row, and the days where a deployment of an older release has
#: none. Requests: Ley 29733 and its regulation (DS 016-2024-JUS).
ROWS: Mapping[str, tuple[str, int]] = {
    "review": ("decide_suppression", 2),
    "information": ("answer_information", 8),
    "access": ("answer_access", 20),
    "rectification": ("answer_rectification", 10),
    "suppression": ("answer_suppression", 10),
}


def days(session: Session, kind: str) -> int:
    """Return the working days of a term by the version in force; `kind` is a key of ROWS."""
    name, without = ROWS[kind]
    try:
        definition = definition_of(in_force(session))
    except NothingDeployed:
        return without
    row = decide_one(definition, "deadlines", {"step": name})
    return int(row.get("days", without))
