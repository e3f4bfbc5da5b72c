"""working days, reminders, sending"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.base import calendar
from app.base.models import base as models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")
MAIL = sa.table("mail", sa.column("state", sa.Text))
TASK = sa.table(
    "task",
    sa.column("id", sa.Integer),
    sa.column("state", sa.Text),
    sa.column("due_kind", sa.Text),
    sa.column("opened_at", MOMENT),
    sa.column("due_at", MOMENT),
    sa.column("counted_from", sa.Text),
    sa.column("counted_on", sa.Date),
    sa.column("term_days", sa.Integer),
    sa.column("notified_at", MOMENT),
    sa.column("reminded_on", sa.Date),
    sa.column("next_reminder_at", MOMENT),
)


def upgrade() -> None:
    op.create_table(
        "address",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hard_bounces", sa.Integer(), nullable=False),
        sa.Column("soft_bounces", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("last_at", models.Moment(timezone=True), nullable=True),
        sa.Column("dead_at", models.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_address")),
    )
    op.create_table(
        "job_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", models.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", models.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", models.Moment(timezone=True), nullable=True),
        sa.Column(
            "result",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", models.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", models.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_absence_order")),
        sa.CheckConstraint("user_id <> substitute_id", name=op.f("ck_absence_another")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_absence_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["user.id"], name=op.f("fk_absence_substitute_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_absence_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index("ix_absence_substitute_id", ["substitute_id"], unique=False)
        batch_op.create_index("ix_absence_user_id", ["user_id"], unique=False)

    op.create_table(
        "reminder_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", models.Moment(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "scope in ('entity', 'stage', 'region', 'day', 'person')",
            name=op.f("ck_reminder_hold_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_reminder_hold_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["user.id"], name=op.f("fk_reminder_hold_lifted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_hold")),
    )
    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("since_at", models.Moment(timezone=True), nullable=False),
        sa.Column("until_at", models.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("since_at < until_at", name=op.f("ck_holding_order")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_holding_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
    )
    with op.batch_alter_table("holding", schema=None) as batch_op:
        batch_op.create_index(
            "ix_holding_instance_id_since_at", ["instance_id", "since_at"], unique=False
        )

    op.create_table(
        "incoming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", models.Moment(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_incoming_entity_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_incoming_mail_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_incoming_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_digest")),
    )
    with op.batch_alter_table("incoming", schema=None) as batch_op:
        batch_op.create_index("ix_incoming_entity_id", ["entity_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column(
            "guests",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("cancelled_at", models.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_meeting_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_meeting_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("instance_id", "key", name=op.f("uq_meeting_instance_id_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )
    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", models.Moment(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_at", models.Moment(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "answer in ('', 'granted', 'refused')", name=op.f("ck_extension_request_answer")
        ),
        sa.CheckConstraint(
            "working_days between 1 and 60", name=op.f("ck_extension_request_working_days")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_extension_request_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_extension_request_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_extension_request_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
    )
    with op.batch_alter_table("extension_request", schema=None) as batch_op:
        batch_op.create_index(
            "uq_extension_request_open",
            ["task_id"],
            unique=True,
            sqlite_where=sa.text("answer = ''"),
            postgresql_where=sa.text("answer = ''"),
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column(
            "data",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("done_at", models.Moment(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_notice_done_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_notice_entity_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_notice_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_entity_id", ["entity_id"], unique=False)
        batch_op.create_index(
            "uq_notice_open",
            ["kind", "key"],
            unique=True,
            sqlite_where=sa.text("done_at is null"),
            postgresql_where=sa.text("done_at is null"),
        )

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mail_kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'mailed', 'answered', 'muted', 'unsubscribed', 'no_address', 'dead_address')",
            name=op.f("ck_reminder_state"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reminder_by_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_reminder_mail_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_reminder_task_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_reminder_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "task_id",
            "due_on",
            "rung",
            "person",
            name=op.f("uq_reminder_task_id_due_on_rung_person"),
        ),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_reminder_mail_id", ["mail_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "ix_reminder_waiting",
            ["person"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    add_columns(
        "mail",
        sa.Column("person", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("digest_on", sa.Date()),
        sa.Column("meeting", DOCUMENT),
        sa.Column("not_before_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", MOMENT),
        sa.Column("lease_until_at", MOMENT),
        sa.Column("uncertain", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("error", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("bounced_at", MOMENT),
    )
    op.execute(
        "alter table mail add column task_id integer constraint fk_mail_task_id references task (id)"
    )
    op.execute(
        "alter table mail add column state text not null default 'waiting' constraint "
        "ck_mail_state check (state in ('waiting', 'sent', 'shown', 'dropped', 'failed', "
        "'bounced'))"
    )
    add_partial_index("ix_mail_waiting", "mail", ["id"], "state = 'waiting'")
    add_partial_index(
        "ix_mail_lease_until_at", "mail", ["lease_until_at"], "lease_until_at is not null"
    )
    add_partial_index(
        "uq_mail_digest", "mail", ["person", "digest_on"], "digest_on is not null", unique=True
    )
    add_columns(
        "process_instance",
        sa.Column("holder", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("holder_since_at", MOMENT),
    )
    add_columns(
        "task",
        sa.Column("counted_from", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("counted_on", sa.Date()),
        sa.Column("term_days", sa.Integer()),
        sa.Column("added_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("notified_at", MOMENT),
        sa.Column("reminded_on", sa.Date()),
        sa.Column("next_reminder_at", MOMENT),
    )
    add_partial_index("ix_task_next_reminder_at", "task", ["next_reminder_at"], "state = 'open'")
    add_columns(
        "user", sa.Column("wants_digest", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    bring_forward(op.get_bind())


def bring_forward(connection: sa.Connection) -> None:
    """Fill the new columns of open processes and tasks.

    Earlier mails are not sent now: there was no server, and coordinators read them on their page.
    Terms are derived from their due dates, with the nation's days off. Rungs of the ladder that
    have passed are not sent afterwards.
    """
    now = calendar.now()
    connection.execute(sa.update(MAIL).values(state="shown"))
    decreed = sa.text("select \"on\" from non_working_day where scope = 'national'")
    days = connection.execute(decreed.columns(sa.column("on", sa.Date))).scalars()
    working = calendar.Calendar(frozenset(days))
    open_tasks = sa.select(TASK.c.id, TASK.c.opened_at, TASK.c.due_at, TASK.c.due_kind)
    for row in connection.execute(open_tasks.where(TASK.c.state == "open")).all():
        counted_on = calendar.lima_day(row.opened_at)
        term = row.due_at and working.between(counted_on, calendar.last_day(row.due_at))
        connection.execute(
            sa.update(TASK)
            .where(TASK.c.id == row.id)
            .values(
                counted_from="arrival",
                counted_on=counted_on,
                term_days=term,
                notified_at=row.opened_at if row.due_kind == "legal" else None,
                reminded_on=calendar.lima_day(now),
                next_reminder_at=now,
            )
        )


def add_columns(table: str, *columns: sa.Column[Any]) -> None:
    """Add columns in place: SQLite would lose a table's checks if it were made again."""
    for column in columns:
        op.add_column(table, column)


def add_partial_index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    """Create an index of the rows that meet a condition, alike on both databases."""
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
