"""Numbers of changes after a database moved to another server"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is added to the numbers of transactions."""
    op.add_column("feed", sa.Column("number_offset", sa.BigInteger(), nullable=True))
