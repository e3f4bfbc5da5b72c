"""A condition on a list of any length, sent as one parameter.

`Column.in_` sends a parameter for each value: PostgreSQL's protocol has at most 65,535, and a long
list takes longer to compile and to plan than to find.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Self

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column of whole numbers has one of these values."""
    return _Among(column, bindparam(None, list(ids), type_=_Ids(), unique=True))


def among_values(column: Any, name: str) -> ColumnElement[bool]:
    """Return the condition for values that a statement gets by name when it is executed."""
    return _Among(column, bindparam(name, type_=_Ids()))


class _Ids(TypeDecorator[list[int]]):
    """Whole numbers: an array of PostgreSQL, or JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger()) if _has_arrays(dialect) else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return value if _has_arrays(dialect) else json.dumps(value)


def _has_arrays(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class _Among(FunctionElement[bool]):
    """The condition: a column, and the list."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:
        """Return it as it is: SQLAlchemy would add `= 1`, for which SQLite reads all rows."""
        return self


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **more)} = ANY ({compiler.process(ids, **more)})"


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = element.clauses
    column_sql, ids_sql = (compiler.process(one, **more) for one in (column, ids))
    return f"{column_sql} IN (SELECT value FROM json_each({ids_sql}))"  # noqa: S608 - compiled
