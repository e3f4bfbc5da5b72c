"""Release 0.10.0: the official platform's export, cohorts, acts on many, views and calendars"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)

EXCEPTIONS = {
    "ban-drop-constraint": "0.9.0 writes only kinds that the wider constraint accepts too",
    "constraint-missing-not-valid": "0.9.0 has few batches: the table is read in milliseconds",
}

BEFORE = (
    "kind in ('contacts', 'start', 'letters', 'validation', 'authority', 'mandates', 'proclaimed')"
)
NEW_KINDS = (
    "remind",
    "extend",
    "suspend",
    "resume",
    "assign",
    "give",
    "note",
    "conform",
    "enrol",
    "move_session",
    "attendance",
    "attendance_fix",
    "entity_changes",
    "rucs",
    "baseline",
)


def upgrade() -> None:
    """Add the tables of each part, and accept the new kinds of batches."""
    widen_kinds()
    add_baseline()
    add_cohorts()
    add_pending()
    add_search()
    add_calendars()
    add_extinctions()
    add_columns_of_lists()


def widen_kinds() -> None:
    """Accept more kinds of batches; on SQLite as migration 0006 does."""
    more = "".join(f", '{kind}'" for kind in NEW_KINDS)
    after = f"{BEFORE[:-1]}{more})"
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_batch_kind"), "batch", type_="check")
        op.create_check_constraint(op.f("ck_batch_kind"), "batch", after)
        return
    version = connection.exec_driver_sql("pragma schema_version").scalar_one()
    connection.exec_driver_sql("pragma writable_schema = on")
    connection.execute(
        sa.text(
            "update sqlite_master set sql = replace(sql, :old, :new)"
            " where type = 'table' and name = 'batch'"
        ),
        {"old": BEFORE, "new": after},
    )
    connection.exec_driver_sql(f"pragma schema_version = {version + 1}")
    connection.exec_driver_sql("pragma writable_schema = off")


def add_baseline() -> None:
    """Add exports of the official platform, the names in them, and the marks of their visits."""
    op.add_column("visit", sa.Column("cut_off_on", sa.Date(), nullable=True))
    op.add_column(
        "register",
        sa.Column("only_imported", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "baseline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("unknown", models.Document, nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        *_references("baseline", sha256="stored_file.sha256", by_id="user.id", batch_id="batch.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline")),
    )
    op.create_table(
        "baseline_name",
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("outside", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("candidates", models.Document, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("lines", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "match in ('exact', 'folded', 'acronym', 'former', 'chosen', 'similar', 'several',"
            " 'none')",
            name=op.f("ck_baseline_name_match"),
        ),
        *_references("baseline_name", baseline_id="baseline.id", entity_id="entity.id"),
        sa.PrimaryKeyConstraint("baseline_id", "number", name=op.f("pk_baseline_name")),
    )
    op.create_table(
        "entity_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        *_references("entity_name", entity_id="entity.id", by_id="user.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity_name")),
        sa.UniqueConstraint("folded", name=op.f("uq_entity_name_folded")),
    )
    for table, column in (
        ("baseline", "sha256"),
        ("baseline", "batch_id"),
        ("baseline_name", "entity_id"),
        ("entity_name", "entity_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_{table}_{name}"))
        for name, of in columns.items()
    ]


def add_cohorts() -> None:
    """Add the waiting lists of sessions, and the materials of stages."""
    op.create_table(
        "waiting_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        *(sa.Column(n, MOMENT) for n in ("offered_at", "offer_ends_at", "closed_at")),
        sa.Column("result", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.CheckConstraint(
            "result in ('', 'taken', 'lapsed', 'declined', 'withdrawn', 'left', 'over')",
            name=op.f("ck_waiting_seat_result"),
        ),
        sa.ForeignKeyConstraint(["session_id"], ["induction_session.id"]),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_seat")),
    )
    is_open = sa.text("closed_at is null")
    op.create_index(
        "uq_waiting_seat_open",
        "waiting_seat",
        ["session_id", "instance_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    for column in ("instance_id", "offer_ends_at"):
        op.create_index(op.f(f"ix_waiting_seat_{column}"), "waiting_seat", [column])
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(n, sa.Text(), nullable=False) for n in ("stage", "title", "norm")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("(sha256 is null) <> (link = '')", name=op.f("ck_material_content")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"]),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("stage", "title", "version"),
    )


def add_pending() -> None:
    """Add given tasks, and saved views of tasks."""
    op.create_table(
        "given_task",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_given_task_task_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_given_task_by_id")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_given_task_to_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_given_task")),
    )
    op.create_index(op.f("ix_given_task_by_id"), "given_task", ["by_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("role in ('', 'sip', 'sgtd', 'all')", name=op.f("ck_saved_view_role")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_saved_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "folded", name=op.f("uq_saved_view_owner_id_folded")),
    )
    op.create_table(
        "default_view",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_default_view_user_id")),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.id"], name=op.f("fk_default_view_view_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_default_view")),
    )
    op.create_index(op.f("ix_default_view_view_id"), "default_view", ["view_id"])


def add_search() -> None:
    """Add whether / leads a user to the search in the head of pages."""
    op.add_column(
        "user", sa.Column("slash_key", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def add_calendars() -> None:
    """Add secret addresses of calendars, and how often what they show has moved."""
    op.create_table(
        "calendar_address",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("with_names", sa.Boolean(), nullable=False),
        sa.Column("made_at", models.Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_address_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_address_secret_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_address_user_id")),
    )
    op.add_column("task", _count("due_moves"))
    op.add_column("task", _moment("due_moved_at"))
    op.add_column("induction_session", _count("sequence"))
    op.add_column("induction_session", _moment("changed_at"))
    op.add_column("meeting", _moment("changed_at"))


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, models.Moment(timezone=True), nullable=True)


def add_extinctions() -> None:
    """Add since when an entity does not exist, by which norm, which followed, and old names."""
    op.add_column("entity", sa.Column("extinct_on", sa.Date(), nullable=True))
    op.add_column(
        "entity", sa.Column("extinct_norm", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "entity",
        sa.Column("former_names", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.execute(
        "alter table entity add column successor_id integer"
        " constraint fk_entity_successor_id references entity (id)"
    )


def add_columns_of_lists() -> None:
    """Add the columns of the list of entities that a person chose."""
    op.add_column("user", sa.Column("entity_columns", models.Document, nullable=True))
