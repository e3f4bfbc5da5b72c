"""The working days of a step's table, kept with its task"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the tasks of before read the table of their version."""
    op.add_column("task", sa.Column("regular_days", sa.Integer(), nullable=True))
