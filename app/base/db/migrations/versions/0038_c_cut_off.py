"""Columns that only earlier releases wrote"""

from alembic import op
from sqlalchemy import text

from app.base.models import Base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

GONE = {
    "issued_paper": (
        "number", "has_blanks", "dated_on", "replaced_by", "void_at", "signed_id", "signed_at",
    ),
    "deployment": ("deployed_at",),
}  # fmt: skip
ALWAYS = {
    "staged_page": "jpeg",
    "meeting": "changed_at",
    "induction_session": "changed_at",
    "decision_maker": "post_key",
}


def upgrade() -> None:
    """Drop and narrow columns."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for name, columns in GONE.items():
            for column in columns:
                op.drop_column(name, column)
        for name, column in ALWAYS.items():
            op.alter_column(name, column, nullable=False, server_default=None)
        return
    for name in (*GONE, *ALWAYS):
        of_table = text("select sql from sqlite_master where tbl_name = :name and type = 'trigger'")
        triggers = bind.execute(of_table, {"name": name}).scalars().all()
        op.drop_table(name)
        Base.metadata.tables[name].create(bind)
        for trigger in triggers:
            bind.execute(text(trigger))
