"""The figures of each production register by month"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
COUNTS = ("working_days", "silent_days", "visits", "late", "without_exit", "other_motive")


def upgrade() -> None:
    """Add the table; the release before runs on it unchanged."""
    op.create_table(
        "register_month",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("findings", models.Document, nullable=False),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "act in ('', 'nothing', 'mail', 'follow_up')", name=op.f("ck_register_month_act")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_register_month_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_month")),
        sa.UniqueConstraint(
            "register_id", "month", name=op.f("uq_register_month_register_id_month")
        ),
    )
