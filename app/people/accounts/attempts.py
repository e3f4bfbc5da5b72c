"""Limits on tries at a secret: per account or code, and per network address.

Tries are rows in a table, so that every process counts alike; subjects are keyed hashes, so the
table does not reveal who tried. A try is counted before it is judged: a hundred tries at once gain
no advantage.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Attempt
from app.people.access.tickets import keyed_hash


@dataclass(frozen=True)
class Limit:
    """At most `tries` within `window`."""

    tries: int
    window: timedelta


QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

#: Kind of secret → limit per subject (an account, a code), limit per address. Passwords have
#: separate limits (`app.people.accounts.guesses`).
LIMITS: Mapping[str, tuple[Limit | None, Limit]] = {
    # Tries of the typed code, which only its bearer knows: others cannot lock it out. There are too
    # many codes to guess one (2 to the 60th), so that an address gets as many tries as a hall full
    # of people needs.
    "activation": (Limit(20, HOUR), Limit(60, QUARTER)),
    "mail": (Limit(3, HOUR), Limit(30, HOUR)),
    # Requests of persons about their data: the address that is answered.
    "rights": (Limit(5, HOUR), Limit(30, HOUR)),
    # Returns from the provider of identities, each of which makes calls to it.
    "provider": (None, Limit(60, QUARTER)),
    # Looks at papers by their codes, which many people may have.
    "verification": (None, Limit(30, MINUTE)),
}
STORED_FOR = timedelta(days=1)


class TooManyTries(Exception):
    """There were too many tries; the next one is heard at `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"too many tries until {again_at.isoformat()}")
        self.again_at = again_at

    @property
    def seconds(self) -> int:
        """The seconds to wait, at least one."""
        return max(math.ceil((self.again_at - calendar.now()).total_seconds()), 1)


def admit(session: Session, kind: str, subject: str = "") -> list[int]:
    """Count a try and let it through; return its rows, for `forgive`.

    Commits: others that try at the same moment must see it. Raises TooManyTries.
    """
    keys = (keyed_hash("attempt", f"{kind} {subject}"), keyed_hash("attempt", address()))
    limits = {key: limit for key, limit in zip(keys, LIMITS[kind], strict=True) if limit}
    for key, limit in limits.items():
        check(session, kind, key, limit, limit.tries - 1)
    now = calendar.now()
    old = Attempt.at < now - STORED_FOR
    session.execute(delete(Attempt).where(Attempt.subject.in_(list(limits)), old))
    rows = [Attempt(kind=kind, subject=key, at=now) for key in limits]
    session.add_all(rows)
    session.commit()
    for key, limit in limits.items():
        check(session, kind, key, limit, limit.tries)
    return [row.id for row in rows]


def check(session: Session, kind: str, key: str, limit: Limit, allowed: int) -> None:
    """Raise TooManyTries where more than `allowed` tries lie within the window."""
    since = calendar.now() - limit.window
    count, first = session.execute(
        select(func.count(), func.min(Attempt.at)).where(
            Attempt.subject == key, Attempt.kind == kind, Attempt.at > since
        )
    ).one()
    if count > allowed:
        raise TooManyTries(first + limit.window)


def forgive(session: Session, kind: str, subject: str, tries: list[int]) -> None:
    """Forget the tries at a secret that turned out to be known."""
    key = keyed_hash("attempt", f"{kind} {subject}")
    session.execute(delete(Attempt).where(Attempt.subject == key, Attempt.kind == kind))
    session.execute(delete(Attempt).where(Attempt.id.in_(tries)))


def address() -> str:
    """Return where the request comes from; of IPv6 the network that one subscriber has."""
    try:
        place = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "address unknown"
    if place.version == 6:
        return f"address {ipaddress.ip_network((place, 64), strict=False)}"
    return f"address {place}"
