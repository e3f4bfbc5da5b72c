"""The former states of cases that moved to another version"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, which is empty at first."""
    op.create_table(
        "former_state",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, models.Document, nullable=False) for name in ("tasks", "seats", "waits")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_former_state_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_former_state_deployment_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_former_state")),
    )
