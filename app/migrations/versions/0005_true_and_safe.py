"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    keep_unsent_forms()


def keep_unsent_forms() -> None:
    """What was posted when a sign-in had ended waits for its person."""
    op.create_table(
        "unsent_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pairs", DOCUMENT, nullable=False),
        sa.Column("with_files", sa.Boolean(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_unsent_form_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent_form")),
        sa.UniqueConstraint("key", name=op.f("uq_unsent_form_key")),
    )
    op.create_index(op.f("ix_unsent_form_user_id"), "unsent_form", ["user_id"])
