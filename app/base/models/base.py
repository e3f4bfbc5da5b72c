"""The base of all tables: their names, names of constraints, moments in UTC on both databases."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Index, MetaData, Text, TypeDecorator, literal_column, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as UTC: `timestamptz` on PostgreSQL, sortable text on SQLite.

    Raises ValueError for a naive one: a moment without zone is a mistake of the caller.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: Documents whose order of keys is kept (never JSONB).
Document = JSON().with_variant(postgresql.JSON(), "postgresql")


class Base(DeclarativeBase):
    """The root of all models."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, str: Text, dict: Document}

    @declared_attr.directive
    def __tablename__(cls) -> str:
        """Return the name of the table: `visit_version` for `VisitVersion`."""
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Numbered(Base):
    """A row with a number as its key."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)  # the first column


def partial_index(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """Return an index of the rows that meet a condition, the same on both databases."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


class TextAt(FunctionElement[str]):
    """The text at a path of a document; null if it has none.

    The path is written out, not a parameter: only so a database sees that an index is on it.
    """

    type = Text()
    inherit_cache = True

    def __init__(self, document: Any, *path: str) -> None:
        """Take a column of documents and the names of keys, which are identifiers."""
        super().__init__(document, *map(literal_column, path))


@compiles(TextAt, "postgresql")
def _on_postgresql(element: TextAt, compiler: Any, **options: Any) -> str:
    document, *path = element.clauses
    keys = ",".join(str(key) for key in path)
    return f"({compiler.process(document, **options)} #>> '{{{keys}}}')"


@compiles(TextAt, "sqlite")
def _on_sqlite(element: TextAt, compiler: Any, **options: Any) -> str:
    document, *path = element.clauses
    keys = ".".join(str(key) for key in path)
    return f"cast(json_extract({compiler.process(document, **options)}, '$.{keys}') as text)"
