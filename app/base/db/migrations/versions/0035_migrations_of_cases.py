"""Migrations of running cases to another version"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Add the tables, which are empty at first."""
    _migration()
    _group()
    _batch()
    _case()


def _migration() -> None:
    op.create_table(
        "migration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("in_force_id", sa.Integer(), nullable=False),
        sa.Column("put_id", sa.Integer(), nullable=True),
        sa.Column("places", models.Document, nullable=False),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("rehearsed_at", "closed_at")),
        sa.CheckConstraint(
            "state in ('rehearsing', 'rehearsed', 'void', 'closed')",
            name=op.f("ck_migration_state"),
        ),
        _reference("migration", "deployment_id", "deployment"),
        _reference("migration", "by_id", "user"),
        _reference("migration", "in_force_id", "deployment"),
        _reference("migration", "put_id", "put_into_force"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration")),
    )
    op.create_index(op.f("ix_migration_deployment_id"), "migration", ["deployment_id"])


def _group() -> None:
    op.create_table(
        "migration_group",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", models.Document, nullable=False),
        _reference("migration_group", "migration_id", "migration"),
        sa.PrimaryKeyConstraint("migration_id", "number", name=op.f("pk_migration_group")),
        sa.UniqueConstraint(
            "migration_id", "key", name=op.f("uq_migration_group_migration_id_key")
        ),
    )


def _batch() -> None:
    op.create_table(
        "migration_batch",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filter", models.Document, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'applying', 'done', 'dropped')",
            name=op.f("ck_migration_batch_state"),
        ),
        _reference("migration_batch", "migration_id", "migration"),
        _reference("migration_batch", "by_id", "user"),
        _reference("migration_batch", "confirmed_by_id", "user"),
        sa.PrimaryKeyConstraint("migration_id", "number", name=op.f("pk_migration_batch")),
    )


def _case() -> None:
    op.create_table(
        "migration_case",
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("migration_id", "instance_id")
        ),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("deployment_id", "revision")),
        sa.Column("kind", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("group_number", "batch_number")
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("result", "message")),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("tried_at", "done_at")),
        sa.CheckConstraint(
            "result in ('', 'moved', 'skipped', 'failed', 'returning', 'returned')",
            name=op.f("ck_migration_case_result"),
        ),
        _reference("migration_case", "migration_id", "migration"),
        _reference("migration_case", "instance_id", "process_instance"),
        _reference("migration_case", "deployment_id", "deployment"),
        sa.ForeignKeyConstraint(
            ["migration_id", "group_number"],
            ["migration_group.migration_id", "migration_group.number"],
            name="fk_migration_case_group",
        ),
        sa.ForeignKeyConstraint(
            ["migration_id", "batch_number"],
            ["migration_batch.migration_id", "migration_batch.number"],
            name="fk_migration_case_batch",
        ),
        sa.PrimaryKeyConstraint("migration_id", "instance_id", name=op.f("pk_migration_case")),
    )
    op.create_index(
        "ix_migration_case_result", "migration_case", ["migration_id", "result", "kind"]
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)
