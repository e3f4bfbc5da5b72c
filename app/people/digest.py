"""The choice to get the digest of reminders, and the link that stops it.

Legal notices and mails that let people in are always sent.
"""

from __future__ import annotations

import hmac
import re

from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import User
from app.base.urls import external_url
from app.people.access.tickets import keyed_hash

#: Hexadecimal digits of a link's mark: 128 bits.
MARK = 32


def unsubscribe_link(user_id: int) -> str:
    """Return the address that stops a person's digests. It does not expire: mails are stored."""
    return external_url("sending.unsubscribe", token=f"{user_id}-{_mark(user_id)}")


def reader_of(session: Session, token: str) -> User | None:
    """Return the active person of a link; None for any other link."""
    found = re.fullmatch(rf"([1-9]\d{{0,8}})-([0-9a-f]{{{MARK}}})", token, re.ASCII)
    if found is None or not hmac.compare_digest(found[2], _mark(int(found[1]))):
        return None
    user = session.get(User, int(found[1]))
    return user if user is not None and user.active else None


def _mark(user_id: int) -> str:
    return keyed_hash("unsubscribe", str(user_id))[:MARK]


def set_digest(session: Session, user: User, *, wanted: bool) -> None:
    """Start or stop a person's digests; log it where that changes something."""
    if user.wants_digest is wanted:
        return
    user.wants_digest = wanted
    kind = "person.digest_wanted" if wanted else "person.digest_refused"
    audit_log.of_person(session, kind, user, user.id)
