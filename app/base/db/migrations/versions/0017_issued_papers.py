"""Release 0.8.0: issued papers with codes and numbers, and what was read in uploaded files"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
PAPER = "issued_paper"
REFERENCES = {
    "entity_id": "entity.id",
    "instance_id": "process_instance.id",
    "file_id": "file_use.id",
    "signed_id": "file_use.id",
    "replaced_by": "issued_paper.code",
}


def moment() -> models.Moment:
    return models.Moment(timezone=True)


def upgrade() -> None:
    op.create_table(
        PAPER,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("has_blanks", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("issued_at", moment(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("void_at", moment(), nullable=True),
        sa.Column("signed_id", sa.Text(), nullable=True),
        sa.Column("signed_at", moment(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_{PAPER}_{name}"))
            for name, of in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("code", name=op.f(f"pk_{PAPER}")),
        sa.UniqueConstraint("file_id", name=op.f(f"uq_{PAPER}_file_id")),
    )
    for columns in (("instance_id", "document"), ("entity_id",), ("sha256",), ("signed_id",)):
        op.create_index(f"ix_{PAPER}_{'_'.join(columns)}", PAPER, list(columns))
    op.create_table(
        "number_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_number_series_last")),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "year_name",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_year_name")),
    )
    op.create_table(
        "read_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("facts", models.Document, nullable=False),
        sa.Column("read_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_read_file_sha256")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_read_file")),
    )
    op.add_column("filing", sa.Column("own", models.Document, nullable=True))
    op.create_table(
        "staged_page",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_staged_page_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_staged_page_by_id")),
        sa.PrimaryKeyConstraint("task_id", "field", "key", name=op.f("pk_staged_page")),
    )
    op.create_index("ix_staged_page_created_at", "staged_page", ["created_at"])
    op.add_column("file_use", sa.Column("findings", models.Document, nullable=True))
    op.add_column("file_use", sa.Column("issued_code", sa.Text(), nullable=True))
    op.add_column(
        "file_use",
        sa.Column("as_is", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    # Written in words: SQLite would rebuild the table, to which rows of others refer.
    op.execute(
        "alter table mail add column file_id text"
        " constraint fk_mail_file_id references file_use (id)"
    )
