"""Where versions of the diagrams came from, and which one is proposed"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in columns.items()
    ]


def upgrade() -> None:
    """Add the tables. Versions of before have no source."""
    on_server = op.get_bind().dialect.name == "postgresql"
    number = "pg_current_xact_id()::text::bigint" if on_server else "null"
    op.create_table(
        "version_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("written_in", sa.BigInteger(), server_default=sa.text(number), nullable=True),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "source in ('code', 'command', 'page')", name=op.f("ck_version_offer_source")
        ),
        *_references("version_offer", deployment_id="deployment", by_id="user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_offer")),
    )
    op.create_index(op.f("ix_version_offer_deployment_id"), "version_offer", ["deployment_id"])
    op.create_table(
        "version_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'confirmed', 'withdrawn', 'void')",
            name=op.f("ck_version_proposal_state"),
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (state = 'waiting')", name=op.f("ck_version_proposal_closed_at")
        ),
        *_references(
            "version_proposal",
            deployment_id="deployment",
            base_id="deployment",
            by_id="user",
            closed_by_id="user",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_proposal")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_version_proposal_waiting",
        "version_proposal",
        ["state"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
