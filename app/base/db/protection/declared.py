"""The protected tables: the application may only insert into them and read them.

From this declaration come the grants on PostgreSQL, the triggers on SQLite, the exits and the
report of `zaguan status`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table

from app.base.models import (
    Base,
    ChainClosing,
    ChainLeaf,
    Deployment,
    InterestAct,
    IssuedPaper,
    LogEntry,
    PaperAct,
    PutIntoForce,
    VersionOffer,
    VisitSubject,
    VisitVersion,
)


@dataclass(frozen=True)
class Protected:
    """A protected table.

    `changes`: the columns that the application may change. `document`: the column whose keys a
    suppression may remove. `texts`: the columns of text that a suppression may empty. `which`: the
    condition, in SQL, of the rows that a suppression may change; "" for all.
    """

    model: type[Base]
    changes: Sequence[str] = ()
    document: str = ""
    texts: Sequence[str] = ()
    which: str = ""

    @property
    def table(self) -> Table:
        return Base.metadata.tables[self.name]

    @property
    def name(self) -> str:
        return self.model.__tablename__

    @property
    def keys(self) -> list[str]:
        """The columns of its primary key."""
        return [column.name for column in self.table.primary_key.columns]

    @property
    def is_suppressible(self) -> bool:
        """Whether a suppression may change its rows; they have a key of one column."""
        return bool(self.document or self.texts)

    @property
    def fixed(self) -> list[str]:
        """The columns that nobody may change."""
        return [column.name for column in self.table.columns if column.name not in self.changes]


PROTECTED = (
    # Only purposes of readings may name a person. So no suppression removes what the log has about
    # suppressions, or about any other act.
    Protected(LogEntry, document="data", which="kind = 'visit.unmasked'"),
    Protected(VisitVersion, texts=("reason",)),
    Protected(VisitSubject, document="data"),
    Protected(
        InterestAct,
        changes=("newest", "audience"),
        texts=(
            *("reason", "actor_name", "document_type", "document_number", "visitor_key"),
            *("third_name", "third_ruc", "decision_sought", "matter", "documents", "place"),
            "search_text",
        ),
    ),
    Protected(IssuedPaper),
    Protected(PaperAct),
    Protected(Deployment),
    Protected(PutIntoForce),
    Protected(VersionOffer),
    # The chain of hashes: a suppression changes leaves, in the exit.
    Protected(ChainClosing),
    Protected(ChainLeaf),
)


def find(name: str) -> Protected:
    """Return the protected table of that name. Raises KeyError for any other."""
    return {one.name: one for one in PROTECTED}[name]


def names() -> frozenset[str]:
    """Return the names of the protected tables."""
    return frozenset(one.name for one in PROTECTED)
