"""Versions of the process in the installation of the table of rules."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.cases import processes
from tests.app.walk import texts


def longer_term() -> dict[str, str]:
    """Return the project's diagrams and tables with a day more for a step of the designation."""
    old = 'deadlines_file_designation_days">\n          <text>5'
    terms = texts()["deadlines.dmn"]
    assert old in terms
    return {**texts(), "deadlines.dmn": terms.replace(old, old[:-1] + "6")}


def deployed(session: Session) -> dict[str, str]:
    """Put a former version and then the project's into force; return their addresses."""
    former = processes.deploy(session, longer_term())
    current = processes.deploy(session)
    return {"version": current.hash[:12], "former": former.hash[:12]}
