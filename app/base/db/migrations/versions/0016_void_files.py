"""Release 0.7.0: void papers that were made again, and find people on the rosters of all entities"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file_use", sa.Column("void_at", models.Moment(timezone=True), nullable=True))
    op.create_index("ix_personnel_row_document_number", "personnel_row", ["document_number"])
