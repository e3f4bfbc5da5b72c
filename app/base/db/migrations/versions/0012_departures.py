"""Administrators who announce that they leave their function"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Add the table of departures."""
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("heir_id", sa.Integer(), nullable=True),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_departure_entity_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_departure_user_id"),
        sa.ForeignKeyConstraint(["heir_id"], ["user.id"], name="fk_departure_heir_id"),
        sa.PrimaryKeyConstraint("id", name="pk_departure"),
    )
    op.create_index("ix_departure_entity_id", "departure", ["entity_id"])
    op.create_index("ix_departure_user_id", "departure", ["user_id"])
    waits = sa.text("withdrawn_at is null and done_at is null")
    op.create_index(
        "ix_departure_waiting",
        "departure",
        ["from_on"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
