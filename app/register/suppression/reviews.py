"""Reviews of a visit's personal data: hidden at once, then suppressed or shown again.

Nothing here commits. A refused act raises `Refused`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.models import Proposal, Register, Suppression, Visit
from app.people import proposals
from app.register.facts.values import Refused
from app.register.suppression import deciders, marks, removal, terms
from app.register.suppression.fields import GROUNDS, GROUPS
from app.register.visits import history, reserved, writing

#: The kind of the proposals to suppress; their key is the code of a visit.
PROPOSAL = "suppression"
GONE = "La visita ya fue suprimida."
ALREADY_HIDDEN = "La visita ya está oculta mientras se decide."
NOT_HIDDEN = "Nadie pidió decidir sobre esta visita, o ya se decidió: mira cómo quedó."


def hide(session: Session, visit: Visit, *, ground: str, actor_id: int | None) -> None:
    """Hide a visit at once, and start the term to decide. Raise Refused."""
    visit = db.locked(session, Visit, visit.id)
    if visit.state == "suppressed":
        raise Refused("", GONE)
    if reserved.open_review(session, visit) is not None:
        raise Refused("", ALREADY_HIDDEN)
    at = calendar.now()
    working = calendar.calendar_of(session, visit.register.entity)
    review = Suppression(
        visit_id=visit.id,
        ground=ground,
        audience=visit.audience,
        hidden_at=at,
        hidden_by_id=actor_id,
        due_at=working.deadline(at, terms.days(session, "review")),
    )
    session.add(review)
    _write(session, visit, "review", at, actor_id, ground, audience=reserved.AUDIENCE)
    noted = deciders.noted(session, visit.register, actor_id)
    audit_log.of_register(
        session, "register.visit_hidden", visit.register, actor_id, ground=ground, **noted
    )


def show_again(session: Session, visit: Visit, *, actor_id: int | None) -> None:
    """End the review of a visit that stays as it was. Raise Refused."""
    visit = db.locked(session, Visit, visit.id)
    review = _to_decide(session, visit)
    review.state, review.decided_at, review.decided_by_id = "shown", calendar.now(), actor_id
    proposals.end(session, PROPOSAL, visit.code)
    _write(
        session,
        visit,
        "review_ended",
        review.decided_at,
        actor_id,
        review.ground,
        audience=review.audience,
    )
    noted = deciders.noted(session, visit.register, actor_id)
    audit_log.of_register(session, "register.visit_shown_again", visit.register, actor_id, **noted)


def propose(session: Session, visit: Visit, groups: Collection[str], actor_id: int) -> Proposal:
    """Propose to remove some groups of fields of a visit under review for good. Raise Refused."""
    visit = db.locked(session, Visit, visit.id)
    review = _to_decide(session, visit)
    labels = [GROUPS[group].label.partition(":")[0].lower() for group in groups]
    try:
        return proposals.propose(
            session,
            PROPOSAL,
            visit.code,
            actor_id=actor_id,
            what=f"suprimir para siempre datos de la visita {visit.code}: "
            f"{formatting.listed(labels)}",
            reason=GROUNDS[review.ground],
            entity_id=visit.register.entity_id,
            groups=list(groups),
            register=visit.register.path,
        )
    except proposals.Refused as why:
        raise Refused("", str(why)) from None


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Suppress as another person proposed. Raise `proposals.Refused`."""
    code = session.get_one(Proposal, proposal_id).key
    visit = session.scalars(select(Visit).where(Visit.code == code).with_for_update()).one()
    proposal = proposals.confirm(session, proposal_id, actor_id)
    try:
        suppress(
            session,
            visit,
            proposal.data["groups"],
            actor_id=actor_id,
            proposer=proposal.by.full_name,
        )
    except Refused as why:
        raise proposals.Refused(str(why)) from None


def suppress(
    session: Session,
    visit: Visit,
    groups: Collection[str],
    *,
    actor_id: int | None,
    proposer: str = "",
) -> None:
    """Remove some groups of fields of a visit under review for good. Raise Refused.

    A person does so only as another one proposed (`proposer`, a name).
    """
    if actor_id is not None and not proposer:
        raise ValueError("a second person confirms a suppression")
    visit = db.locked(session, Visit, visit.id)
    review = _to_decide(session, visit)
    review.decided_at, review.decided_by_id = calendar.now(), actor_id
    _suppress(session, visit, review, groups, actor_id, proposer)


def repeat(
    session: Session,
    visit: Visit,
    groups: Collection[str],
    *,
    ground: str,
    decided_at: datetime,
) -> bool:
    """Suppress again what a backup brought back; False for a visit that is suppressed.

    It counts as hidden now: finished files that were made of the backup are withheld.
    """
    visit = db.locked(session, Visit, visit.id)
    if visit.state == "suppressed":
        return False
    review = reserved.open_review(session, visit)
    if review is None:
        review = Suppression(visit_id=visit.id, audience=visit.audience, due_at=decided_at)
        session.add(review)
    review.ground, review.hidden_at, review.decided_at = ground, calendar.now(), decided_at
    _suppress(session, visit, review, groups, None)
    return True


def _suppress(
    session: Session,
    visit: Visit,
    review: Suppression,
    groups: Collection[str],
    actor_id: int | None,
    proposer: str = "",
) -> None:
    review.state, review.fields = "suppressed", list(groups)
    at = review.decided_at or calendar.now()
    if "visitor" in review.fields:
        review.marks = marks.of_visit(visit, history.versions_of(session, visit))
    values = removal.remove(
        session, visit, review.fields, ground=review.ground, actor_id=actor_id, at=at
    )
    _write(
        session,
        visit,
        "suppression",
        at,
        actor_id,
        review.ground,
        audience=review.audience,
        state="suppressed",
        **values,
    )
    audit_log.of_register(
        session,
        "register.visit_suppressed",
        visit.register,
        actor_id,
        visit=visit.code,
        ground=review.ground,
        fields=review.fields,
        proposer=proposer,
        **deciders.noted(session, visit.register, actor_id),
    )


def _to_decide(session: Session, visit: Visit) -> Suppression:
    review = reserved.open_review(session, visit)
    if review is None:
        raise Refused("", NOT_HIDDEN)
    return review


def _write(
    session: Session,
    visit: Visit,
    act: str,
    at: datetime,
    actor_id: int | None,
    ground: str,
    **values: Any,
) -> None:
    writing.change(session, visit, act=act, at=at, by_id=actor_id, reason=GROUNDS[ground], **values)
    reserved.acts_follow(session, visit)


def hidden(session: Session, register: Register) -> frozenset[int]:
    """Return the ids of the visits of a register that are hidden while it is decided."""
    return frozenset(
        session.scalars(
            select(Visit.id)
            .join(Suppression, Suppression.visit_id == Visit.id)
            .where(Suppression.state == "hidden", Visit.register_id == register.id)
        )
    )


def is_late(review: Suppression) -> bool:
    """Return whether the term to decide ended without a decision."""
    return review.state == "hidden" and calendar.now() >= review.due_at


@dataclass(frozen=True)
class Tombstone:
    """What stays of a visit that the public saw: its state, the ground and the moment."""

    visit: Visit
    review: Suppression

    @property
    def ground(self) -> str:
        """The ground in words."""
        return GROUNDS[self.review.ground]

    @property
    def at(self) -> datetime:
        """When the visit was hidden or, once that was decided, suppressed."""
        return self.review.decided_at or self.review.hidden_at


def tombstone_of(session: Session, code: str, audience: str) -> Tombstone | None:
    """Return the tombstone of a visit that an audience (public, demo) saw; None for others."""
    if not code.isalnum():
        return None
    found = session.execute(
        select(Visit, Suppression)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(
            Visit.code == code,
            Suppression.audience == audience,
            Suppression.state.in_(("hidden", "suppressed")),
        )
    ).first()
    return Tombstone(*found) if found else None
