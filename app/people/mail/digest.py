"""Whether a person gets the digest of reminders. Legal notices and ways in are always sent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import User


def set_digest(session: Session, user: User, *, wanted: bool) -> None:
    """Start or stop a person's digests; log it where that changes something."""
    if user.wants_digest is wanted:
        return
    user.wants_digest = wanted
    kind = "person.digest_wanted" if wanted else "person.digest_refused"
    audit_log.write(session, kind, actor_id=user.id, person_id=user.id, person=user.full_name)
