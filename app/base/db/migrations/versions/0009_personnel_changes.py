"""Release 0.6.0: changes of the register's people, several at once"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
NAME = "uq_process_instance_open"
COLUMNS = ["entity_id", "process"]
ONE_AT_A_TIME = sa.text("ended_at is null and process <> 'change_personnel'")


def upgrade() -> None:
    op.drop_index(NAME, "process_instance")
    op.create_index(
        NAME,
        "process_instance",
        COLUMNS,
        unique=True,
        sqlite_where=ONE_AT_A_TIME,
        postgresql_where=ONE_AT_A_TIME,
    )
