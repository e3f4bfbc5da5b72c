"""Release 0.7.0: papers that were made again before they were presented are void"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file_use", sa.Column("void_at", models.Moment(timezone=True), nullable=True))
