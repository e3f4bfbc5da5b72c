"""acts on many entities, contacts with their source, duplicates, answers that were dictated"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.base.models import base as models

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    # Column by column, and the reference in words: what rebuilds the table, as SQLite else asks
    # for, would drop one that rows of others refer to.
    for name in ("contact_authority", "contact_source"):
        op.add_column(
            "entity", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)
        )
    op.add_column("entity", sa.Column("contact_on", sa.Date(), nullable=True))
    op.execute(
        "alter table entity add column merged_into_id integer"
        " constraint fk_entity_merged_into_id references entity (id)"
    )
    op.create_index(
        "ix_mail_failed",
        "mail",
        ["id"],
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.CheckConstraint(
            "kind in ('contacts', 'start', 'letters', 'validation', 'authority')",
            name=op.f("ck_batch_kind"),
        ),
        sa.CheckConstraint(
            "state in ('checked', 'confirmed', 'done', 'discarded')", name=op.f("ck_batch_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_batch_by_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user.id"], name=op.f("fk_batch_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_batch_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_sha256"), "batch", ["sha256"])
    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.CheckConstraint("plan in ('do', 'same', 'refused')", name=op.f("ck_batch_row_plan")),
        sa.CheckConstraint(
            "result in ('', 'done', 'same', 'refused')", name=op.f("ck_batch_row_result")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_row_batch_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_batch_row_entity_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_row")),
    )
    op.create_index("ix_batch_row_entity_id", "batch_row", ["entity_id"])
    # Of duplicates: an onboarding that does not count, and where an act happened.
    op.add_column(
        "process_instance",
        sa.Column("superseded", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "log", sa.Column("happened_in", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    # Of a digest: what its text says, for its HTML.
    op.add_column("mail", sa.Column("paths", DOCUMENT))
    op.create_table(
        "dictation",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.CheckConstraint("how in ('telephone', 'in_person')", name=op.f("ck_dictation_how")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_dictation_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dictation_by_id")),
        sa.PrimaryKeyConstraint("task_id", "by_id", name=op.f("pk_dictation")),
    )
