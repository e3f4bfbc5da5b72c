"""Acting holders of posts that decide, and a key for each post"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from forms.shapes.post_keys import post_key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
HOLDER = sa.table(
    "decision_maker",
    sa.column("id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("post", "unit", "post_key")),
)


def upgrade() -> None:
    """Add the columns; holders of release 0.5 are titulares of the posts that they name."""
    empty = sa.text("''")
    for column in (
        sa.Column("capacity", sa.Text(), server_default=sa.text("'titular'"), nullable=False),
        sa.Column("resolution", sa.Text(), server_default=empty, nullable=False),
        sa.Column("post_key", sa.Text(), server_default=empty, nullable=False),
    ):
        op.add_column("decision_maker", column)
    connection = op.get_bind()
    update = (
        sa.update(HOLDER)
        .where(HOLDER.c.id == sa.bindparam("of_id"))
        .values(post_key=sa.bindparam("key"))
    )
    rows = [{"of_id": number, "key": key} for number, key in _keys(connection)]
    for start in range(0, len(rows), 500):
        connection.execute(update, rows[start : start + 500])


def _keys(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    for row in connection.execute(sa.select(HOLDER.c.id, HOLDER.c.post, HOLDER.c.unit)):
        yield row.id, post_key(row.post, row.unit)
