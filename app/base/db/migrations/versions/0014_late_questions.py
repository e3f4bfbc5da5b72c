"""Release 0.6.0: questions have a due date and are reminded of, as tasks are"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.base import calendar
from app.base.models import base as models

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
QUESTION = sa.table(
    "question",
    sa.column("id", sa.Integer),
    sa.column("state", sa.Text),
    sa.column("counted_on", sa.Date),
    sa.column("term_days", sa.Integer),
    sa.column("due_at", MOMENT),
    sa.column("next_reminder_at", MOMENT),
)
COLUMNS = [
    "id",
    "task_id",
    "due_on",
    "rung",
    "person",
    "user_id",
    "address",
    "mail_kind",
    "recipient",
    "state",
    "created_at",
    "by_id",
    "mail_id",
]
KEY = ["due_on", "rung", "person"]


def upgrade() -> None:
    op.add_column("question", sa.Column("due_at", MOMENT, nullable=True))
    op.add_column("question", sa.Column("reminded_on", sa.Date(), nullable=True))
    op.add_column("question", sa.Column("next_reminder_at", MOMENT, nullable=True))
    _index("ix_question_next_reminder_at", "question", ["next_reminder_at"], "state = 'waiting'")
    _count_terms(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        _change_reminders()
    else:
        _rebuild_reminders()
    _index("uq_reminder_question", "reminder", ["question_id", *KEY], "question_id is not null", 1)


def _index(name: str, table: str, columns: list[str], where: str, unique: int = 0) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=bool(unique),
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _count_terms(connection: sa.Connection) -> None:
    """Date the questions that wait, with the nation's days off; remind of them from now on."""
    decreed = sa.text("select \"on\" from non_working_day where scope = 'national'")
    days = connection.execute(decreed.columns(sa.column("on", sa.Date))).scalars()
    working, now = calendar.Calendar(frozenset(days)), calendar.now()
    rows = sa.select(QUESTION.c.id, QUESTION.c.counted_on, QUESTION.c.term_days)
    for row in connection.execute(rows.where(QUESTION.c.state == "waiting")).all():
        last: date = working.add(row.counted_on, row.term_days)
        values: dict[str, Any] = {"due_at": calendar.end_of(last), "next_reminder_at": now}
        connection.execute(sa.update(QUESTION).where(QUESTION.c.id == row.id).values(values))


def _change_reminders() -> None:
    op.alter_column("reminder", "task_id", nullable=True)
    op.add_column("reminder", sa.Column("question_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        "fk_reminder_question_id", "reminder", "question", ["question_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_reminder_about"), "reminder", "(task_id is null) <> (question_id is null)"
    )


def _rebuild_reminders() -> None:
    """SQLite cannot drop a "not null": copy the rows into a new table."""
    op.create_table(
        "reminder_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mail_kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'mailed', 'answered', 'muted', 'unsubscribed', 'no_address', "
            "'dead_address')",
            name=op.f("ck_reminder_state"),
        ),
        sa.CheckConstraint(
            "(task_id is null) <> (question_id is null)", name=op.f("ck_reminder_about")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{column}_id"], [f"{other}.id"], name=f"fk_reminder_{column}_id"
            )
            for column, other in (
                ("task", "task"),
                ("question", "question"),
                ("user", "user"),
                ("by", "user"),
                ("mail", "mail"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("task_id", *KEY, name=op.f("uq_reminder_task_id_due_on_rung_person")),
    )
    new, old = (sa.table(name, *map(sa.column, COLUMNS)) for name in ("reminder_new", "reminder"))
    op.execute(sa.insert(new).from_select(COLUMNS, sa.select(*(old.c[name] for name in COLUMNS))))
    op.drop_table("reminder")
    op.rename_table("reminder_new", "reminder")
    op.create_index("ix_reminder_created_at", "reminder", ["created_at"])
    op.create_index("ix_reminder_mail_id", "reminder", ["mail_id"])
    op.create_index("ix_reminder_user_id", "reminder", ["user_id"])
    _index("ix_reminder_waiting", "reminder", ["person"], "state = 'waiting'")
