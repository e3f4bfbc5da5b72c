"""One entry a day for the readings of personal data"""

import sqlalchemy as sa
from alembic import op

from app.base.db import online

revision = "0029"
down_revision = "0031"
branch_labels = None
depends_on = None

EXCEPTIONS = {"unique-index": "0.10.0 writes no entries of that kind"}
READINGS = sa.text("kind = 'data.read'")


def upgrade() -> None:
    """Add the index, while others write: there are no such entries yet."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    at_keys = (
        sa.text(f"(data #>> '{{{key}}}')" if on_postgresql else extracted(key))
        for key in ("page", "day")
    )
    online.add_index(
        "uq_log_readings",
        "log",
        ["entity_id", "actor_id", "happened_in", *at_keys],
        unique=True,
        sqlite_where=READINGS,
        postgresql_where=READINGS,
    )


def extracted(key: str) -> str:
    """Return the text at a key of a document, as SQLite reads it."""
    return f"cast(json_extract(data, '$.{key}') as text)"
