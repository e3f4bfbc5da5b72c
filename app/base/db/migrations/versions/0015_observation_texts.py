"""Release 0.7.0: recurring observations, of one reviewer or of a party"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
TABLE = "observation_text"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", models.Moment(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role in ('sip', 'sgtd')", name=op.f(f"ck_{TABLE}_role")),
        *(
            sa.ForeignKeyConstraint([column], ["user.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column in ("owner_id", "changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(f"ix_{TABLE}_step_owner_id", TABLE, ["step", "owner_id"])
