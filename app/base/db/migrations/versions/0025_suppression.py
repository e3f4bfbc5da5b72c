"""Reviews of visits' personal data, and what was suppressed"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
HIDDEN = sa.text("state = 'hidden'")


def upgrade() -> None:
    """Add the table of reviews."""
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("hidden_at", MOMENT, nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("fields", models.Document, nullable=False),
        sa.CheckConstraint(
            "state in ('hidden', 'suppressed', 'shown')", name=op.f("ck_suppression_state")
        ),
        sa.CheckConstraint(
            "ground in ('other_person', 'minor', 'unlawful')", name=op.f("ck_suppression_ground")
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (state = 'hidden')", name=op.f("ck_suppression_decided_at")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_suppression_visit_id")),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"], ["user.id"], name=op.f("fk_suppression_hidden_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_suppression_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_visit_id", "suppression", ["visit_id"])
    op.create_index(
        "uq_suppression_hidden",
        "suppression",
        ["visit_id"],
        unique=True,
        sqlite_where=HIDDEN,
        postgresql_where=HIDDEN,
    )
