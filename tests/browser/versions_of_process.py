"""A former and an offered version of the process for the demo site."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.base.definitions import NEVER, in_force
from app.base.models import Deployment
from tests.app.cases.reminders.other_ladders import DENSER, version
from tests.app.people.things_of_versions import longer_term
from workflows.definition import Definition


def add_former(session: Session) -> None:
    """Add a version with other names, conditions and terms, in force a year before."""
    texts = longer_term()
    for old, new in (
        ('name="Revisar la designación"', 'name="Examinar la designación"'),
        ('"correct_designation_lapses"', '"correct_designation_ends"'),
        (">correct_designation_lapses<", ">correct_designation_ends<"),
    ):
        assert old in texts["designation.bpmn"]
        texts["designation.bpmn"] = texts["designation.bpmn"].replace(old, new)
    before = in_force(session).deployed_at.replace(year=2025)
    session.add(Deployment(hash=Definition.parse(texts).hash, texts=texts, deployed_at=before))
    session.flush()


def add_offered(session: Session) -> None:
    """Add a version that reminds of late steps more often."""
    texts = version(DENSER)
    offered = Deployment(hash=Definition.parse(texts).hash, texts=texts, deployed_at=NEVER)
    session.add(offered)
    session.flush()
