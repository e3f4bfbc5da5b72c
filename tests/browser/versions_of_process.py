"""Versions of the process for the demo site: a former one, and one that is proposed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.definitions import in_force
from app.base.models import Deployment, Grant, PutIntoForce, User
from app.cases.processes import versions
from app.people import access
from tests.app.people.things_of_versions import longer_term
from tests.app.walk import texts
from workflows.definition import Definition


def add_former(session: Session) -> None:
    """Add a version that was in force a year before."""
    texts = renamed(longer_term())
    row = Deployment(hash=Definition.parse(texts).hash, texts=texts)
    session.add(row)
    session.flush()
    session.add(PutIntoForce(deployment_id=row.id, at=calendar.midnight(date(2025, 1, 1))))
    session.flush()


def add_offered(session: Session) -> None:
    """Add a version that reminds of late steps earlier, which a Gestor proposes."""
    gestor = select(Grant.user_id).where(Grant.role == "superuser").order_by(Grant.user_id)
    by_id = session.scalars(gestor.limit(1)).one()
    given = texts()
    ladder = given["reminders.dmn"].replace("<text>-40</text>", "<text>-2</text>")
    checked = versions.Checked(renamed({**given, "reminders.dmn": ladder}))
    offered = versions.offer(session, checked, source="page", by_id=by_id)
    versions.propose(session, offered.id, reason="Lo pide la norma que cambió.", actor_id=by_id)


def places(session: Session, user: User) -> tuple[str, ...]:
    """Return the proposed version, and the pages of its acts, for a user who may do them."""
    if not access.may(user, "manage_process"):
        return ()
    proposal = versions.waiting(session)
    assert proposal is not None
    proposed = proposal.data["deployment"]
    former = select(Deployment.hash).where(Deployment.id.not_in((proposed, in_force(session).id)))
    name = session.scalars(former.order_by(Deployment.id).limit(1)).one()[:12]
    return (
        f"/proceso/versiones/{proposal.data['version'][:12]}",
        f"/proceso/versiones/{name}/vigor",
        f"/propuestas/{proposal.id}",
    )


def renamed(given: dict[str, str]) -> dict[str, str]:
    """Return the texts with another name of a step and another id of an event."""
    changed = given["designation.bpmn"]
    for old, new in (
        ('name="Revisar la designación"', 'name="Examinar la designación"'),
        ('"correct_designation_lapses"', '"correct_designation_ends"'),
        (">correct_designation_lapses<", ">correct_designation_ends<"),
    ):
        assert old in changed
        changed = changed.replace(old, new)
    return {**given, "designation.bpmn": changed}
