"""Marks by which an import recognises a suppressed visit"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0031"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the suppressions before it have no marks."""
    op.add_column("suppression", sa.Column("marks", models.Document, nullable=True))
