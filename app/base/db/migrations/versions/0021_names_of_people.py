"""Indexes of the names of people on PostgreSQL, and of consultations of documents"""

import sqlalchemy as sa
from alembic import op

from app.base.db import online

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DOCUMENTS_READ = sa.text("kind in ('document.unmasked', 'document.searched')")
#: As `app.base.models.base.FOLDED_NAMES`, which queries use.
NAMES = (
    "translate(lower(surnames || ' ' || given_names), "
    "'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')"
)


def upgrade() -> None:
    """Add the indexes, while others write."""
    online.add_index(
        "ix_log_documents",
        "log",
        ["id"],
        sqlite_where=DOCUMENTS_READ,
        postgresql_where=DOCUMENTS_READ,
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    names = sa.text(f"{NAMES} gin_trgm_ops")
    for table in ("user", "personnel_row"):
        online.add_index(f"ix_{table}_names", table, [names], postgresql_using="gin")
