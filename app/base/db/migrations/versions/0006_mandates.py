"""mandates of elected authorities, what was done at their end, codes that are valid later"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
KINDS = "kind in ('contacts', 'start', 'letters', 'validation', 'authority'{})"
MORE = ", 'mandates', 'proclaimed'"


def upgrade() -> None:
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("ubigeo", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_mandate_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint(
            "level", "ubigeo", "from_on", name=op.f("uq_mandate_level_ubigeo_from_on")
        ),
    )
    op.create_table(
        "mandate_end",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("notified_at", MOMENT, nullable=True),
        sa.Column("rosters_ended_at", MOMENT, nullable=True),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_mandate_end_entity_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_mandate_end_instance_id")
        ),
        sa.PrimaryKeyConstraint("entity_id", "ends_on", name=op.f("pk_mandate_end")),
    )
    op.create_index("ix_mandate_end_instance_id", "mandate_end", ["instance_id"])
    op.add_column("ticket", sa.Column("valid_from_at", MOMENT, nullable=True))
    widen_kinds()


def widen_kinds() -> None:
    """Accept two more kinds of batch."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_batch_kind"), "batch", type_="check")
        op.create_check_constraint(op.f("ck_batch_kind"), "batch", KINDS.format(MORE))
        return
    # Rebuilding the table would break the rows that refer to it. SQLite documents this way for a
    # constraint alone ("Making Other Kinds Of Table Schema Changes").
    version = connection.exec_driver_sql("pragma schema_version").scalar_one()
    connection.exec_driver_sql("pragma writable_schema = on")
    connection.execute(
        sa.text(
            "update sqlite_master set sql = replace(sql, :old, :new)"
            " where type = 'table' and name = 'batch'"
        ),
        {"old": KINDS.format(""), "new": KINDS.format(MORE)},
    )
    connection.exec_driver_sql(f"pragma schema_version = {version + 1}")
    connection.exec_driver_sql("pragma writable_schema = off")
