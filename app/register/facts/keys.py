"""Permanent codes, the order of all visits, and the public key that distinguishes namesakes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.base.models import Visit, VisitVersion

#: Crockford's base 32, as for activation codes: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10  # 50 bits

#: The order counts minutes since this moment, in 26 bits: enough until 2127.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ID_BITS = 37
#: SQL: what is added to the ids of transactions (`Feed.number_offset`).
OFFSET = "coalesce((select max(number_offset) from feed), 0)"


def new_code() -> str:
    """Return a new public code of a visit or act: random, so it reveals nothing."""
    drawn = secrets.randbits(5 * CODE_LENGTH)
    return "".join([ALPHABET[drawn >> 5 * place & 31] for place in range(CODE_LENGTH)])


def rank(moment: datetime, visit_id: int) -> int:
    """Return the place of a visit among all: by the minute of its entry (UTC), then by its id."""
    return first_rank(moment) | visit_id


def first_rank(moment: datetime) -> int:
    """Return the lowest place of a visit of this minute, so that a range of days is a range of
    places.

    Moments before the year 2000 come first.
    """
    minutes = max(0, int((moment - EPOCH).total_seconds()) // 60)
    return minutes << ID_BITS


def next_ids(
    session: Session, count: int, model: type[Visit | VisitVersion] = Visit
) -> Sequence[int]:
    """Return ids for new rows before they are written.

    The rank of a visit needs its id, and many rows are inserted much faster when the database does
    not have to return ids.
    """
    if session.get_bind().dialect.name == "postgresql":
        drawn = text("select nextval(:sequence) from generate_series(1, :count)")
        sequence = f"{model.__tablename__}_id_seq"
        return list(session.scalars(drawn, {"sequence": sequence, "count": count}))
    last = session.scalar(select(func.max(model.id))) or 0
    return range(last + 1, last + 1 + count)


def change_number(session: Session) -> int:
    """Return the number of this transaction, for `changed_in` of every visit that it writes.

    On PostgreSQL it is the transaction's own id, which is compared with the oldest transaction that
    is still open, so that no mirror reads past a change that is not committed yet; `OFFSET` is
    added. On SQLite, where one transaction writes at a time, it is the next number.
    """
    if session.get_bind().dialect.name == "postgresql":
        own = text(f"select pg_current_xact_id()::text::bigint + {OFFSET}")
        return int(session.scalars(own).one())
    return (session.scalar(select(func.max(Visit.changed_in))) or 0) + 1


def visitor_key(document_type: str, number: str) -> str:
    """Return the public key of a visitor: the same for one document, and not reversible.

    HMAC-SHA-256 under a secret of the installation, 16 characters of base 32; "" without a
    document, and for a number that came masked, which many share.
    """
    if not number or "*" in number:
        return ""
    return base64.b32encode(_keyed(document_type, number)[:10]).decode().lower()


def mark(kind: str, *parts: str) -> str:
    """Return a keyed hash of some parts: 32 hexadecimal digits, not reversible."""
    return _keyed(f"mark of {kind}", *parts)[:16].hex()


def _keyed(*parts: str) -> bytes:
    secret = str(current_app.config["VISITOR_SECRET"]).encode()
    return hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).digest()
