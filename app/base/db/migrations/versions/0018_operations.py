"""Numbers of changes after a database moved to another server, and leases"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is added to the numbers of transactions, and locks that end by themselves."""
    op.add_column("feed", sa.Column("number_offset", sa.BigInteger(), nullable=True))
    op.add_column("staged_page", sa.Column("jpeg", sa.LargeBinary(), nullable=True))
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until_at", models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
