"""An index of the signed copies that 0.10.0 wrote into papers"""

import sqlalchemy as sa

from app.base.db import online

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
WRITTEN = sa.text("signed_id is not null")


def upgrade() -> None:
    """Add the index, while others write."""
    name = "ix_issued_paper_signed_copy"
    online.add_index(
        name, "issued_paper", ["signed_id"], sqlite_where=WRITTEN, postgresql_where=WRITTEN
    )
