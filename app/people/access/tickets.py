"""Secrets that give access once: activation codes, invitations, password resets.

Only keyed hashes are stored, so that neither the database nor a copy of it lets anyone in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Ticket, User

#: Crockford's base 32: no I, L, O, U; what people type instead is understood.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans("ILO", "110")
CODE_LENGTH = 12  # 60 bits
INVITATION_DAYS = 14
RESET_HOURS = 2


class TicketSpent(Exception):
    """The code or link was used a moment ago by another request."""


def keyed_hash(purpose: str, secret: str, key: str = "") -> str:
    """Return the stored form of a secret: HMAC-SHA-256 under the installation's key, as hex.

    `key`: another key, such as the former one.
    """
    used = key or str(current_app.config["SECRET_KEY"])
    return hmac.new(used.encode(), f"{purpose}\0{secret}".encode(), hashlib.sha256).hexdigest()


def lifetime(kind: str) -> timedelta:
    """Return how long a ticket of this kind can be used (calendar days)."""
    if kind == "activation":
        return timedelta(days=current_app.config["ACTIVATION_DAYS"])
    if kind == "invitation":
        return timedelta(days=INVITATION_DAYS)
    return timedelta(hours=RESET_HOURS)


def new_code() -> str:
    """Return an activation code as it is printed: `7K2M-9QXT-04BD`."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(code[n : n + 4] for n in range(0, CODE_LENGTH, 4))


def typed_code(text: str) -> str:
    """Return a typed code as it is compared: no separators, upper case, look-alikes mapped."""
    return "".join(one for one in text.upper() if one.isalnum()).translate(LOOK_ALIKES)


def void(session: Session, *which: ColumnElement[bool]) -> None:
    """Make unused tickets void."""
    session.execute(
        update(Ticket)
        .where(*which, Ticket.used_at.is_(None), Ticket.void.is_(False))
        .values(void=True)
        # Otherwise SQLAlchemy would check every ticket of the session, with thousands of letters.
        .execution_options(synchronize_session="fetch")
    )


def issue(
    session: Session,
    kind: str,
    *,
    user: User | None = None,
    entity: Entity | None = None,
    secret: str = "",
    valid_from: datetime | None = None,
) -> str:
    """Make a ticket and return its secret, once; earlier ones of its kind become void.

    It can be used from `valid_from` (default: now), and its lifetime counts from there.
    `secret` is a code that `new_code` made before, for letters printed before it is valid.
    """
    secret = secret or (new_code() if kind == "activation" else secrets.token_urlsafe(32))
    user_id = user.id if user else None
    entity_id = entity.id if entity else None
    void(
        session,
        Ticket.kind == kind,
        Ticket.entity_id == entity_id if kind == "activation" else Ticket.user_id == user_id,
    )
    now = calendar.now()
    session.add(
        Ticket(
            kind=kind,
            secret_hash=keyed_hash(kind, typed(kind, secret)),
            user_id=user_id,
            entity_id=entity_id,
            created_at=now,
            valid_from_at=valid_from,
            expires_at=max(now, valid_from or now) + lifetime(kind),
        )
    )
    session.flush()
    return secret


def typed(kind: str, secret: str) -> str:
    """Return a received secret in the form in which secrets are compared."""
    return typed_code(secret) if kind == "activation" else secret


def find(session: Session, kind: str, secret: str) -> Ticket | None:
    """Return the ticket of a secret, whatever its state."""
    hashed = keyed_hash(kind, typed(kind, secret))
    return session.scalar(select(Ticket).where(Ticket.kind == kind, Ticket.secret_hash == hashed))


def is_good(ticket: Ticket | None) -> bool:
    """Return whether the ticket can still be used."""
    return (
        ticket is not None
        and ticket.used_at is None
        and not ticket.void
        and calendar.now() < ticket.expires_at
        and not waits(ticket)
    )


def waits(ticket: Ticket) -> bool:
    """Return whether a ticket, neither used nor replaced, is valid only from a later day."""
    return (
        ticket.used_at is None
        and not ticket.void
        and ticket.valid_from_at is not None
        and calendar.now() < ticket.valid_from_at
    )


def spend(session: Session, ticket: Ticket) -> None:
    """Use the ticket up. Raises TicketSpent where another request was quicker."""
    spent = session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.used_at.is_(None), Ticket.void.is_(False))
        .values(used_at=calendar.now())
        .returning(Ticket.id)
    )
    if spent.first() is None:
        raise TicketSpent
