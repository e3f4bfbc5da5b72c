"""Columns and defaults that only earlier releases needed"""

from alembic import op
from sqlalchemy import inspect, text

from app.base.models import Base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring each table to what its model says."""
    bind = op.get_bind()
    for table in Base.metadata.sorted_tables:
        there = {one["name"]: one for one in inspect(bind).get_columns(table.name)}
        gone = there.keys() - {one.name for one in table.columns}
        narrowed = [
            one.name
            for one in table.columns
            if (not one.nullable and there[one.name]["nullable"])
            or (one.server_default is None and there[one.name]["default"] and not one.primary_key)
        ]
        if bind.dialect.name == "postgresql":
            for name in gone:
                op.drop_column(table.name, name)
            for name in narrowed:
                nullable = bool(table.c[name].nullable)
                op.alter_column(table.name, name, nullable=nullable, server_default=None)
        elif gone or narrowed:
            of_table = text(
                "select sql from sqlite_master where tbl_name = :n and type = 'trigger'"
            )
            triggers = bind.execute(of_table, {"n": table.name}).scalars().all()
            kept = [one.name for one in table.columns]
            names = ", ".join(f'"{one}"' for one in kept)
            rows = bind.execute(text(f'select {names} from "{table.name}"')).mappings().all()  # noqa: S608
            op.drop_table(table.name)
            table.create(bind)
            if rows:
                values = ", ".join(f":{one}" for one in kept)
                sent = text(f'insert into "{table.name}" ({names}) values ({values})')  # noqa: S608
                bind.execute(sent, [dict(one) for one in rows])
            for trigger in triggers:
                bind.execute(text(trigger))
