"""Release 0.6.0: questions of entities, internal notes, texts of the help"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    _questions()
    _messages()
    _notes()
    _help_texts()
    # A step counts as in the PCM's hands while a question keeps it from going on. References are
    # written in words: SQLite would else rebuild tables to which rows of others refer.
    op.add_column("task", sa.Column("question_since_at", MOMENT, nullable=True))
    for table in ("mail", "incoming"):
        op.execute(
            f"alter table {table} add column question_id integer"
            f" constraint fk_{table}_question_id references question (id)"
        )


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _questions() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waiting_since_at", MOMENT, nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=False),
        sa.Column("blocks_since_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'answered', 'closed')", name=op.f("ck_question_state")
        ),
        sa.CheckConstraint("role in ('sip', 'sgtd')", name=op.f("ck_question_role")),
        _key("question", "entity_id", "entity"),
        _key("question", "task_id", "task"),
        _key("question", "author_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_entity_id_id", "question", ["entity_id", "id"])
    op.create_index("ix_question_task_id", "question", ["task_id"])
    waits = sa.text("state = 'waiting'")
    op.create_index(
        "ix_question_waiting",
        "question",
        ["role", "waiting_since_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def _messages() -> None:
    op.create_table(
        "question_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("of_pcm", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("incoming_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        _key("question_message", "question_id", "question"),
        _key("question_message", "by_id", "user"),
        _key("question_message", "file_id", "file_use"),
        _key("question_message", "incoming_id", "incoming"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_message")),
        sa.UniqueConstraint("key", name=op.f("uq_question_message_key")),
    )
    op.create_index("ix_question_message_question_id_id", "question_message", ["question_id", "id"])


def _notes() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _key("note", "entity_id", "entity"),
        _key("note", "by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("key", name=op.f("uq_note_key")),
    )
    op.create_index("ix_note_entity_id_id", "note", ["entity_id", "id"])
    op.create_table(
        "note_mention",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        _key("note_mention", "note_id", "note"),
        _key("note_mention", "user_id", "user"),
        sa.PrimaryKeyConstraint("note_id", "user_id", name=op.f("pk_note_mention")),
    )


def _help_texts() -> None:
    op.create_table(
        "help_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        _key("help_text", "message_id", "question_message"),
        _key("help_text", "reviewed_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_text")),
        sa.UniqueConstraint("message_id", name=op.f("uq_help_text_message_id")),
    )
    op.create_index("ix_help_text_step", "help_text", ["step"])
