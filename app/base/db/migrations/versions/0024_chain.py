"""The chain of hashes over protected rows"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

CHAINED = ("log", "visit_version", "visit_subject", "interest_act", "issued_paper", "deployment")


def upgrade() -> None:
    """Add the tables, and to each protected row the number of its transaction.

    Existing rows get none, and are closed on the first night.
    """
    op.create_table(
        "chain_closing",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("counts", models.Document, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_chain_closing")),
    )
    op.create_table(
        "chain_leaf",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("closing_number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("salts", models.Document, nullable=True),
        sa.Column("suppressed", models.Document, nullable=True),
        sa.ForeignKeyConstraint(
            ["closing_number"],
            ["chain_closing.number"],
            name=op.f("fk_chain_leaf_closing_number"),
        ),
        sa.PrimaryKeyConstraint("table_name", "row_id", name=op.f("pk_chain_leaf")),
    )
    op.create_index(op.f("ix_chain_leaf_closing_number"), "chain_leaf", ["closing_number"])
    op.create_table(
        "chain_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("began_at", models.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", models.Moment(timezone=True), nullable=True),
        sa.Column("faults", models.Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_check")),
    )
    for table in CHAINED:
        add_number(table)


def add_number(table: str) -> None:
    """Add the column without rewriting the table: its default is for new rows alone."""
    if op.get_bind().dialect.name != "postgresql":
        null = sa.text("null")
        op.add_column(table, sa.Column("written_in", sa.BigInteger(), server_default=null))
        return
    op.add_column(table, sa.Column("written_in", sa.BigInteger(), nullable=True))
    number = sa.text("pg_current_xact_id()::text::bigint")
    op.alter_column(table, "written_in", server_default=number)
