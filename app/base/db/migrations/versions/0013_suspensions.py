"""Accounts that are suspended for lack of use"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Add since when an account is suspended, and when it was last opened again."""
    for name in ("suspended_at", "reopened_at"):
        op.add_column("user", sa.Column(name, MOMENT, nullable=True))
