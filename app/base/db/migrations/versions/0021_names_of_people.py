"""Indexes of the names of people, and of consultations of documents"""

import sqlalchemy as sa
from alembic import op

from app.base.db import online

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DOCUMENTS_READ = sa.text("kind in ('document.unmasked', 'document.searched')")
FROM, TO = "áàâäãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy"
#: The person of a designation → the document that names them, and the path to them.
NAMED = {
    "authority": ("authority", ()),
    "holder": ("administrator", ("holder",)),
    "alternate": ("administrator", ("alternate",)),
}


def upgrade() -> None:
    """Add the indexes, while others write."""
    online.add_index(
        "ix_log_documents",
        "log",
        ["id"],
        sqlite_where=DOCUMENTS_READ,
        postgresql_where=DOCUMENTS_READ,
    )
    for table in ("user", "personnel_row"):
        add_names(f"ix_{table}_names", table, "surnames", "given_names")
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for person, (name, path) in NAMED.items():
        surnames, given_names = (
            f"(data #>> '{{{','.join((*path, key))}}}')"
            if on_postgresql
            else f"cast(json_extract(data, '$.{'.'.join((*path, key))}') as text)"
            for key in ("surnames", "given_names")
        )
        where = sa.text(f"name = '{name}'")
        add_names(f"ix_record_{person}_names", "record", surnames, given_names, where)


def add_names(
    index: str, table: str, surnames: str, given_names: str, where: sa.TextClause | None = None
) -> None:
    """Add the index of folded names: of their parts on PostgreSQL.

    As `app.base.models.base.FoldedNames`, which queries use.
    """
    folded = f"lower({surnames} || ' ' || {given_names})"
    if op.get_bind().dialect.name == "postgresql":
        folded = f"translate({folded}, '{FROM}', '{TO}') gin_trgm_ops"
    else:
        for accented, letter in zip(FROM + FROM.upper(), TO + TO, strict=True):
            folded = f"replace({folded}, '{accented}', '{letter}')"
    online.add_index(
        index,
        table,
        [sa.text(folded)],
        postgresql_using="gin",
        postgresql_where=where,
        sqlite_where=where,
    )
