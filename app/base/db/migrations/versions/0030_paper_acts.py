"""What follows the issue of a paper: numbers, signatures, replacements and annulments"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
PLAIN = "replace(upper(number), ' ', '')"


def upgrade() -> None:
    """Add the table. `zaguan setup` enters what 0.10.0 wrote into the papers."""
    on_server = op.get_bind().dialect.name == "postgresql"
    number = "pg_current_xact_id()::text::bigint" if on_server else "null"
    op.create_table(
        "paper_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("written_in", sa.BigInteger(), server_default=sa.text(number), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("has_blanks", sa.Boolean(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("void_at", models.Moment(timezone=True), nullable=True),
        sa.Column("signed_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["code"], ["issued_paper.code"], name=op.f("fk_paper_act_code")),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["issued_paper.code"], name=op.f("fk_paper_act_replaced_by")
        ),
        sa.ForeignKeyConstraint(
            ["signed_id"], ["file_use.id"], name=op.f("fk_paper_act_signed_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_act")),
    )
    op.create_index("ix_paper_act_code", "paper_act", ["code"])
    for column, indexed in (("signed_id", "signed_id"), ("number", PLAIN)):
        condition = sa.text(f"{column} is not null")
        op.create_index(
            f"ix_paper_act_{column}",
            "paper_act",
            [sa.text(indexed)],
            sqlite_where=condition,
            postgresql_where=condition,
        )
