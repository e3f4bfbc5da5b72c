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
    _notices_are_acknowledged()


def _notices_are_acknowledged() -> None:
    """Legal terms run from a receipt: what became of the mail, and how they were notified.

    A term that has a date keeps it: all its new columns stay empty.
    """
    how = sa.Column("notified_how", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("task", how)
    for name in ("notice_at", "notice_sent_at", "paper_at"):
        op.add_column("task", sa.Column(name, MOMENT, nullable=True))
    waits = sa.text("state = 'open' and notice_at is not null and notified_at is null")
    op.create_index(
        "ix_task_not_notified", "task", ["notice_at"], sqlite_where=waits, postgresql_where=waits
    )
    of_task = sa.text("task_id is not null")
    op.create_index(
        "ix_mail_task_id", "mail", ["task_id"], sqlite_where=of_task, postgresql_where=of_task
    )
