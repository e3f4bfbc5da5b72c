"""Incidents of personal data"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0032"
down_revision = "0027"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "data_breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("nature", "description")),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("from_on", "until_on")),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("known_at", "due_at")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("notified_at", MOMENT, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("expediente", "informed")),
        sa.Column("closed_at", MOMENT, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("conclusion", "reminded")),
        sa.CheckConstraint(
            "nature in ('access', 'loss', 'disclosure', 'alteration')",
            name=op.f("ck_data_breach_nature"),
        ),
        sa.CheckConstraint(
            "state in ('open', 'notified', 'closed')", name=op.f("ck_data_breach_state")
        ),
        sa.CheckConstraint(
            "(notified_at is null) = (state = 'open')", name=op.f("ck_data_breach_notified_at")
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (state <> 'closed')", name=op.f("ck_data_breach_closed_at")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_data_breach_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_data_breach_person_id")),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["user.id"], name=op.f("fk_data_breach_reported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_breach")),
        sa.UniqueConstraint("submission", name=op.f("uq_data_breach_submission")),
    )
    op.create_index(op.f("ix_data_breach_entity_id"), "data_breach", ["entity_id"])
