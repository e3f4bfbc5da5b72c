"""The base of all tables: their names, names of constraints, moments in UTC on both databases.

And the comparison of names without case and accents, which differs between the databases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    and_,
    func,
    literal_column,
    select,
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


class TransactionNumber(FunctionElement[int]):
    """The number of the present transaction on PostgreSQL; null on SQLite."""

    type = BigInteger()
    inherit_cache = True


@compiles(TransactionNumber, "postgresql")
def _number_on_postgresql(element: TransactionNumber, compiler: Any, **options: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(TransactionNumber)
def _number_elsewhere(element: TransactionNumber, compiler: Any, **options: Any) -> str:
    return "null"


class Chained:
    """A row that is entered in the chain of hashes (`app.base.db.chain`)."""

    #: The transaction that wrote it, by the numbers of its cluster (ADR 0020); null on SQLite.
    #: The database sets it.
    written_in: Mapped[int | None] = mapped_column(
        BigInteger, server_default=TransactionNumber(), deferred=True, sort_order=1
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": False}


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


class FoldedNames(FunctionElement[str]):
    """The names of a person in lower case without accents, in a statement with one table."""

    type = Text()
    inherit_cache = True


@compiles(FoldedNames, "postgresql")
def _fold_on_postgresql(element: FoldedNames, compiler: Any, **options: Any) -> str:
    return f"translate(lower({_names(element, compiler, options)}), '{_FROM}', '{_TO}')"


@compiles(FoldedNames, "sqlite")
def _fold_on_sqlite(element: FoldedNames, compiler: Any, **options: Any) -> str:
    """Replace letters one by one, in both cases: SQLite's `lower` knows ASCII alone."""
    folded = f"lower({_names(element, compiler, options)})"
    for accented, letter in zip(_FROM + _FROM.upper(), _TO + _TO, strict=True):
        folded = f"replace({folded}, '{accented}', '{letter}')"
    return folded


def _names(element: FoldedNames, compiler: Any, options: Any) -> str:
    surnames, given_names = (compiler.process(one, **options) for one in element.clauses)
    return f"{surnames} || ' ' || {given_names}"


#: SQL: the entries of the log of acts that let a person into an account.
LETS_IN = (
    "kind in ('person.role_granted', 'person.email_changed', 'person.email_corrected',"
    " 'person.contact_changed')"
)
#: SQL: the entries of the log that say who read or searched a document number.
DOCUMENTS_READ = "kind in ('document.unmasked', 'document.searched')"


@dataclass(frozen=True)
class NamesOf:
    """Names of people in a table, in columns or at a path of its column `data`, with their index.

    `document`: the name of the documents that have the path.
    """

    table: str
    path: tuple[str, ...] = ()
    document: str = ""

    @property
    def folded(self) -> FoldedNames:
        """The names of a row as they are compared."""
        if not self.document:
            return FoldedNames(literal_column("surnames"), literal_column("given_names"))
        data: ColumnElement[Any] = literal_column("data")
        return FoldedNames(*(TextAt(data, *self.path, one) for one in ("surnames", "given_names")))

    @property
    def index_name(self) -> str:
        """The name of the index."""
        person = self.path[-1] if self.path else self.document
        return "_".join(part for part in ("ix", self.table, person, "names") if part)

    def index(self) -> Index:
        """Return the index: of parts of the names on PostgreSQL; SQLite reads it whole."""
        where = self.rows() if self.document else None
        return Index(
            self.index_name,
            self.folded.label("names"),
            postgresql_using="gin",
            postgresql_ops={"names": "gin_trgm_ops"},
            postgresql_where=where,
            sqlite_where=where,
        )

    def have(self, session: Session, words: Iterable[str]) -> ColumnElement[bool]:
        """Return the condition that the names of a row contain every word.

        Use it in a statement with no other table. `words`: as `formatting.plain` returns them.
        """
        if session.get_bind().dialect.name == "postgresql":
            within = [self.folded.contains(word, autoescape=True) for word in words]
            return and_(self.rows(), *within)
        # Named, since without its index SQLite would fold the names of every row.
        indexed = text(f'"{self.table}" indexed by {self.index_name}')
        row: ColumnElement[int] = literal_column("rowid")
        found = (func.instr(self.folded, word) > 0 for word in words)
        return row.in_(select(row).select_from(indexed).where(self.rows(), *found))

    def rows(self) -> ColumnElement[bool]:
        """Return the condition of the rows that have such names, as the index has it."""
        return literal_column(f"name = '{self.document}'") if self.document else true()
