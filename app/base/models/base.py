"""The base of all tables: their names, names of constraints, moments in UTC on both databases.

And the comparison of names without case and accents, which differs between the databases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    and_,
    literal_column,
    text,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
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


#: SQL: the names of a person, on the tables that have them.
NAMES_OF_PERSON = "surnames || ' ' || given_names"
#: Letter → the letters with accents that count as the same.
ACCENTED = {
    "a": "áàâäãå",
    "c": "ç",
    "e": "éèêë",
    "i": "íìîï",
    "n": "ñ",
    "o": "óòôöõ",
    "u": "úùûü",
    "y": "ýÿ",
}
_FROM = "".join(ACCENTED.values())
_TO = "".join(letter * len(same) for letter, same in ACCENTED.items())
#: SQL of PostgreSQL: the same, folded; trigram indexes have this expression.
FOLDED_NAMES = f"translate(lower({NAMES_OF_PERSON}), '{_FROM}', '{_TO}')"
#: SQL: the entries of the log that say who read or searched a document number.
DOCUMENTS_READ = "kind in ('document.unmasked', 'document.searched')"


def names_index(table: str) -> Index:
    """Return the index of parts of names, which PostgreSQL alone has."""
    names: ColumnElement[str] = literal_column(FOLDED_NAMES)
    index = Index(
        f"ix_{table}_names",
        names.label("names"),
        postgresql_using="gin",
        postgresql_ops={"names": "gin_trgm_ops"},
    )
    return index.ddl_if(dialect="postgresql")


def is_named(session: Session, words: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that the names of a person contain every word.

    Use it in a statement with one table. `words`: as `formatting.plain` returns them. SQLite cannot
    fold; its GLOB takes a class of letters for each letter.
    """
    if session.get_bind().dialect.name == "postgresql":
        folded: ColumnElement[str] = literal_column(FOLDED_NAMES)
        return and_(true(), *(folded.contains(word, autoescape=True) for word in words))
    names: ColumnElement[str] = literal_column(f"({NAMES_OF_PERSON})")
    return and_(true(), *(names.op("glob")(f"*{_classes(word)}*") for word in words))


def _classes(word: str) -> str:
    """Return a pattern of GLOB that matches a word with and without accents, in any case."""
    return "".join(_class_of(letter) for letter in word)


def _class_of(letter: str) -> str:
    if letter in "*?[":
        return f"[{letter}]"
    same = letter + ACCENTED.get(letter, "")
    both = "".join(dict.fromkeys(same + same.upper()))
    return f"[{both}]" if len(both) > 1 else both
