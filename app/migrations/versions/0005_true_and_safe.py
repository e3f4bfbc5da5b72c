"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import sqlalchemy as sa
from alembic import op

from app.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    _check_stored_files()


def _check_stored_files() -> None:
    """When the bytes of a stored file were last held against its hash, and what was wrong."""
    op.add_column("stored_file", sa.Column("checked_at", MOMENT, nullable=True))
    op.add_column(
        "stored_file",
        sa.Column("damage", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
