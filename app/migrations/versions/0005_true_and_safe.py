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
    _keep_duties_separate()


def _keep_duties_separate() -> None:
    """Add permissions to decide in spite of a bar, and what makes bars quick to find."""
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_allowance_task_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_allowance_user_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_allowance_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance")),
        sa.UniqueConstraint("task_id", "user_id", name=op.f("uq_allowance_task_id_user_id")),
    )
    op.create_index(op.f("ix_allowance_at"), "allowance", ["at"])
    op.create_index("ix_draft_saved_by_id_task_id", "draft", ["saved_by_id", "task_id"])
    op.create_index(
        "ix_personnel_row_record_id_document_number",
        "personnel_row",
        ["record_id", "document_number"],
    )
