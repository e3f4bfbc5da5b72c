"""The tables in the chain, and what of each row its leaf takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, func, select

from app.base.models import (
    Base,
    Deployment,
    Entity,
    InterestAct,
    IssuedPaper,
    LogEntry,
    PaperAct,
    PutIntoForce,
    VersionOffer,
    VisitSubject,
    VisitVersion,
)

#: What a query of rows calls the entity of a log entry.
ENTITY = "entity"


@dataclass(frozen=True)
class Chained:
    """A table in the chain. Each of its columns is in exactly one of the groups.

    `key`: identifies the row; `plain`: never suppressed; `personal`: may be suppressed;
    `document`: a column whose keys may each be suppressed, as fields `data.<key>`; `apart`: not in
    a leaf, because the application or a merge of entities may change it.
    """

    model: type[Base]
    key: str
    plain: tuple[str, ...]
    personal: tuple[str, ...] = ()
    document: str = ""
    apart: tuple[str, ...] = ("written_in",)

    @property
    def table(self) -> Table:
        """The table."""
        return Base.metadata.tables[self.model.__tablename__]

    @property
    def name(self) -> str:
        """The name of the table."""
        return self.table.name

    @property
    def id(self) -> Column[Any]:
        """The column of the key."""
        return self.table.c[self.key]

    def key_of(self, row_id: str) -> Any:
        """Return the key that a leaf has as text; None if it cannot be one."""
        if self.id.type.python_type is str:
            return row_id
        return int(row_id) if row_id.isascii() and row_id.isdecimal() else None

    def rows(self) -> Select[Any]:
        """Return a query of rows with everything that their leaves take."""
        names = (*self.plain, *self.personal, *((self.document,) if self.document else ()))
        columns: list[ColumnElement[Any]] = [
            self.id.label("row_key"),
            *(self.table.c[name] for name in names),
        ]
        if self.model is not LogEntry:
            return select(*columns)
        return select(*columns, func.coalesce(Entity.code, "").label(ENTITY)).outerjoin(
            Entity, Entity.id == LogEntry.entity_id
        )


CHAINED: Mapping[str, Chained] = {
    one.name: one
    for one in (
        Chained(
            LogEntry,
            "id",
            plain=("at", "kind", "actor_id", "instance_id", "task_id"),
            document="data",
            # The leaf has the entity by its code.
            apart=("written_in", "entity_id"),
        ),
        Chained(
            VisitVersion,
            "id",
            plain=("visit_id", "number", "act", "at", "by_id", "facts"),
            personal=("reason",),
        ),
        Chained(VisitSubject, "version_id", plain=(), document="data"),
        Chained(
            InterestAct,
            "id",
            plain=(
                *("code", "number", "act", "register_id", "visit_id", "planned_visit_id"),
                *("held_on", "held_at", "decision_maker_id", "holder_post", "holder_unit"),
                *("interest_of", "declared", "norm_version", "recorded_at", "by_id", "submission"),
            ),
            personal=(
                *("reason", "holder_name", "actor_name", "document_type", "document_number"),
                *("visitor_key", "third_name", "third_ruc", "decision_sought", "matter"),
                *("documents", "place", "search_text"),
            ),
            apart=("written_in", "newest", "audience"),
        ),
        Chained(
            IssuedPaper,
            "code",
            plain=("kind", "document", "instance_id", "file_id", "sha256", "size", "issued_at"),
            apart=("written_in", "entity_id"),  # a merge moves it
        ),
        Chained(
            PaperAct,
            "id",
            plain=(
                *("code", "at", "number", "has_blanks", "dated_on"),
                *("replaced_by", "void_at", "signed_id"),
            ),
        ),
        Chained(Deployment, "id", plain=("hash", "texts")),
        Chained(PutIntoForce, "id", plain=("deployment_id", "at", "by_id", "reason")),
        Chained(VersionOffer, "id", plain=("deployment_id", "at", "source", "by_id")),
    )
}
