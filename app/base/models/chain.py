"""The chain of hashes over protected rows: closings, their leaves, and the result of checks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.base.models.base import Base, Document


class ChainClosing(Base):
    """A link of the chain: the rows that were entered in it together. Never changed."""

    #: 1, 2, 3 … without a gap.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    #: The day in Lima.
    day: Mapped[date]
    #: Hash of the closing before, in hexadecimal digits; "" for the first one.
    previous: Mapped[str]
    #: SHA-256 of this one (`app.base.db.chain.hashing`).
    hash: Mapped[str]
    #: Table → the number of rows.
    counts: Mapped[dict[str, int]] = mapped_column(Document)


class ChainLeaf(Base):
    """A protected row in a closing, with its hash. Only a suppression changes it."""

    table_name: Mapped[str] = mapped_column(primary_key=True)
    #: The key of the row, as text.
    row_id: Mapped[str] = mapped_column(primary_key=True)
    closing_number: Mapped[int] = mapped_column(ForeignKey("chain_closing.number"), index=True)
    hash: Mapped[bytes]
    #: 16 random bytes, from which the salts of its suppressible fields are derived; null once a
    #: field was suppressed.
    salt: Mapped[bytes | None]
    #: The salts of the fields that are left, once a field was suppressed, in hexadecimal digits.
    salts: Mapped[dict[str, str] | None] = mapped_column(Document)
    #: Suppressed field → the hash of its salt and value, in hexadecimal digits.
    suppressed: Mapped[dict[str, str] | None] = mapped_column(Document)


class ChainCheck(Base):
    """The one row about the checks of the chain."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: PostgreSQL: every row of an older transaction is in a closing. 0 where nothing is known, as
    #: after a restore into another cluster.
    bound: Mapped[int] = mapped_column(BigInteger)
    #: The closing to which the present round of checks has come; 0 between two rounds.
    position: Mapped[int]
    #: When the newest round began and when it ended; null before the first.
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: What does not fit: see `app.base.db.chain.checking.Fault`.
    faults: Mapped[list[dict[str, Any]]] = mapped_column(Document)
