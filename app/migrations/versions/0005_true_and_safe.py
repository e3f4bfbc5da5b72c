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
    _domains_that_refuse()
    _rucs_wait_for_a_coordinator()


def _domains_that_refuse() -> None:
    op.create_table(
        "mail_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("resumed_at", MOMENT, nullable=True),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_domain")),
    )
    op.create_index("ix_mail_sent_at", "mail", ["sent_at"])


def _rucs_wait_for_a_coordinator() -> None:
    """Add the RUC that waits until a coordinator confirms that two entities share it."""
    # `batch_alter_table` would rebuild the table on SQLite, to which rows of others refer.
    op.add_column(
        "entity",
        sa.Column("ruc_to_confirm", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
