"""Write the first migration anew from the models: `python -m tests.first_migration [RELEASE]`.

Until 1.0.0 this command follows each change of the models (ADR 0105). It writes `first.py` in the
folder of migrations, in `first/` the indexes whose SQL differs between the databases, and the
triggers of protected tables. The other SQL files there are written by people.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from sqlalchemy import Index
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from app.base import db
from app.base.db.protection import triggers
from app.base.db.protection.declared import PROTECTED, Protected
from app.base.models import Base
from app.base.models.base import Document, Moment, TransactionNumber
from tests.tree import ROOT

VERSIONS = db.MIGRATIONS / "versions"
MODULE, FOLDER = VERSIONS / "first.py", VERSIONS / "first"
DIALECTS: dict[str, Any] = {"postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}
#: The class of a default → how it is written.
DEFAULTS = {
    TransactionNumber: "models.TransactionNumber()",
    type(sa.true()): "sa.true()",
    type(sa.false()): "sa.false()",
}
WRITTEN_BY = "-- Written by tests/first_migration.py.\n"
HEAD = '''"""The schema of {release}, written by tests/first_migration.py from the models."""

import secrets
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.base import calendar
from app.base.db import sql_files
from app.base.models import base as models

revision = "{revision}"
down_revision = None
branch_labels = None
depends_on = None
FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    """Create all tables, what no model can say, and the rows that each installation begins with."""
    create_tables()
    connection = op.get_bind()
    sql_files.run(connection, FOLDER / f"{{connection.dialect.name}}.sql")
    sql_files.run(connection, FOLDER / f"{{connection.dialect.name}}_indexes.sql")
    rules = sa.text((FOLDER / "rules.sql").read_text("utf-8"))
    op.execute(rules.bindparams(sa.bindparam("at", calendar.now(), models.Moment())))
    epoch = sa.text("insert into feed (epoch) values (:epoch)")
    op.execute(epoch.bindparams(epoch=secrets.token_hex(4)))


def create_tables() -> None:
{tables}
'''


def files(release: str) -> dict[Path, str]:
    """Return the content of each file that the command writes, for a release."""
    written = {FOLDER / f"{name}_indexes.sql": _special_indexes(name) for name in DIALECTS}
    written[triggers.FILE] = _triggers()
    module = HEAD.format(release=release, revision="", tables=_tables())
    by_people = (FOLDER / f"{name}.sql" for name in (*DIALECTS, "rules"))
    parts = (module, *written.values(), *(file.read_text("utf-8") for file in by_people))
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    module = module.replace('revision = ""', f'revision = "{release}.{digest}"', 1)
    return {MODULE: _formatted(module), **written}


def _tables() -> str:
    """Return the statements of Alembic that create the tables and their common indexes."""
    created: list[ops.MigrateOperation] = []
    for table in Base.metadata.sorted_tables:
        created.append(ops.CreateTableOp.from_table(table))
        created.extend(map(ops.CreateIndexOp.from_index, filter(_is_common, _indexes(table))))
    rendered = render_python_code(ops.UpgradeOps(ops=created), render_item=_rendered)
    return "\n".join(line for line in rendered.splitlines() if "# ###" not in line)


def _rendered(kind: str, value: Any, _: Any) -> str | Literal[False]:
    """Return how our types and defaults are written for both databases; False for all others."""
    if kind == "type" and isinstance(value, Moment):
        return "models.Moment()"
    if kind == "type" and value is Document:
        return "models.Document"
    return DEFAULTS.get(type(getattr(value, "arg", None)), False)


def _indexes(table: Any) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _sql(index: Index, dialect: str) -> str:
    return str(CreateIndex(index).compile(dialect=DIALECTS[dialect]))


def _is_common(index: Index) -> bool:
    """Return whether an index has the same SQL on both databases, but for quotes."""
    return len({_sql(index, name).replace('"', "") for name in DIALECTS}) == 1


def _special_indexes(dialect: str) -> str:
    """Return the statements that create the indexes whose SQL differs between the databases."""
    lines = [WRITTEN_BY]
    for table in Base.metadata.sorted_tables:
        for index in _indexes(table):
            only_on = getattr(index._ddl_if, "dialect", None)
            if not _is_common(index) and only_on in (None, dialect):
                lines.append(f"{_sql(index, dialect)};\n")
    return "\n".join(lines)


def _triggers() -> str:
    """Return the statements that create the triggers of protected tables on SQLite."""
    return "\n".join([WRITTEN_BY, *(trigger for one in PROTECTED for trigger in _of(one))])


def _of(one: Protected) -> Iterator[str]:
    quote = DIALECTS["sqlite"].identifier_preparer.quote
    columns = f" of {', '.join(map(quote, one.fixed))}" if one.changes else ""
    for act, event in (("update", f"update{columns}"), ("delete", "delete")):
        yield (
            f"CREATE TRIGGER {triggers.PREFIX}{one.name}_{act}\n"
            f"before {event} on {quote(one.name)} when not exit_is_open()\n"
            f"begin select raise(abort, '{one.name} is protected: no {act}'); end;\n"
        )


def _formatted(source: str) -> str:
    """Return a module as `make fix` leaves it."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "format", f"--stdin-filename={MODULE}", "-"]
    return subprocess.run(
        command, input=source, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def main() -> None:
    """Write the files; the release is by default that of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    release = sys.argv[1] if len(sys.argv) > 1 else project["version"]
    for file, content in files(release).items():
        file.write_text(content, encoding="utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
