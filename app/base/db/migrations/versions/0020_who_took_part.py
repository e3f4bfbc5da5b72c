"""Indexes of who took part in what an entity presents"""

import sqlalchemy as sa
from alembic import op

from app.base.db import online

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OF_ENTITIES = sa.text("role in ('administrator', 'authority')")
#: The person → the document that names them, and the path to them.
NAMED = {
    "authority": ("authority", ()),
    "holder": ("administrator", ("holder",)),
    "alternate": ("administrator", ("alternate",)),
}


def upgrade() -> None:
    """Add the indexes by which the separation of duties finds what a person took part in."""
    of_entities = {"sqlite_where": OF_ENTITIES, "postgresql_where": OF_ENTITIES}
    online.add_index("ix_task_of_entities", "task", ["id", "instance_id", "process"], **of_entities)
    online.add_index("ix_task_closed_by_id", "task", ["closed_by_id"], **of_entities)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for person, (name, path) in NAMED.items():
        keys = (*path, "document_number")
        found = f"cast(json_extract(data, '$.{'.'.join(keys)}') as text)"
        if on_postgresql:
            found = f"(data #>> '{{{','.join(keys)}}}')"
        where = sa.text(f"name = '{name}'")
        online.add_index(
            f"ix_record_{person}",
            "record",
            [sa.text(found)],
            sqlite_where=where,
            postgresql_where=where,
        )
