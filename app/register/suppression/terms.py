"""The terms of decisions and answers: rows of `deadlines.dmn`, in working days."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.base.definitions import definition_of, in_force
from workflows.decisions import decide_one

#: What has a term → the name of its row. Requests: Ley 29733 and its regulation
#: (DS 016-2024-JUS).
ROWS: Mapping[str, str] = {
    "review": "decide_suppression",
    "information": "answer_information",
    "access": "answer_access",
    "rectification": "answer_rectification",
    "suppression": "answer_suppression",
}


def days(session: Session, kind: str) -> int:
    """Return the working days of a term by the version in force; `kind` is a key of ROWS."""
    row = decide_one(definition_of(in_force(session)), "deadlines", {"step": ROWS[kind]})
    return int(row["days"])
