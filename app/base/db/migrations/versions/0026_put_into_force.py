"""When each version of the diagrams was put into force"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FILL = """
    insert into put_into_force (deployment_id, at) select id, deployed_at from deployment
    order by deployed_at, id
"""


def upgrade() -> None:
    """Add the table, with the last moment of each version, which is all that is known."""
    on_server = op.get_bind().dialect.name == "postgresql"
    number = "pg_current_xact_id()::text::bigint" if on_server else "null"
    op.create_table(
        "put_into_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("written_in", sa.BigInteger(), server_default=sa.text(number), nullable=True),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_put_into_force_by_id")),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk_put_into_force_deployment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_put_into_force")),
    )
    op.create_index(op.f("ix_put_into_force_deployment_id"), "put_into_force", ["deployment_id"])
    op.execute(FILL)
