"""the register of visits"""

import secrets
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.base import calendar
from app.base.formatting import plain
from app.base.models import base as models

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")

#: Finds a visit by any part of a word. PostgreSQL keeps the index by itself; SQLite has it in a
#: separate table, which triggers keep up to date.
ON_POSTGRESQL = (
    "create extension if not exists pg_trgm",
    "create index ix_visit_search_text on visit using gin (search_text gin_trgm_ops)",
)
ON_SQLITE = (
    """
    create virtual table visit_text using fts5(
        search_text, content='visit', content_rowid='rank',
        tokenize='trigram', detail=none, columnsize=0
    )
    """,
    """
    create trigger visit_text_added after insert on visit when new.audience = 'public' begin
        insert into visit_text(rowid, search_text) values (new.rank, new.search_text);
    end
    """,
    # In one trigger, since SQLite does not say in which order several run.
    """
    create trigger visit_text_changed after update of rank, search_text, audience on visit begin
        insert into visit_text(visit_text, rowid, search_text)
        select 'delete', old.rank, old.search_text where old.audience = 'public';
        insert into visit_text(rowid, search_text)
        select new.rank, new.search_text where new.audience = 'public';
    end
    """,
)
#: The two readings of "extemporáneo", and what is published of a document (see app.register.registers.rules).
RULES = (
    ("late_entry", "2019-07-12", "after_exit", "DS 120-2019-PCM"),
    ("late_entry", "2026-07-01", "after_day", "Directiva 003-2026-PCM/SIP"),
    ("document_publication", "2019-07-12", "masked", "Ley 29733"),
)

RECORD = sa.table(
    "record",
    sa.column("id", sa.Integer),
    sa.column("entity_id", sa.Integer),
    sa.column("name", sa.Text),
    sa.column("data", DOCUMENT),
)
REGISTER = sa.table(
    "register",
    sa.column("id", sa.Integer),
    sa.column("entity_id", sa.Integer),
    sa.column("environment", sa.Text),
    sa.column("opened_at", MOMENT),
    sa.column("source", sa.Text),
    sa.column("source_address", sa.Text),
    sa.column("real_documents", sa.Boolean),
    sa.column("interest_acts_at", MOMENT),
)
#: The columns of a person of the personnel, in both tables.
PERSON = (
    "document_type",
    "document_number",
    "given_names",
    "surnames",
    "post",
    "unit",
    "site",
    "profile",
)
SEARCHED = ("surnames", "given_names", "post", "unit")
PERSONNEL = sa.table(
    "personnel_row",
    sa.column("record_id", sa.Integer),
    sa.column("movement", sa.Text),
    *(sa.column(name, sa.Text) for name in PERSON),
)
OFFICIAL = sa.table(
    "official",
    sa.column("register_id", sa.Integer),
    sa.column("from_on", sa.Date),
    sa.column("search_text", sa.Text),
    *(sa.column(name, sa.Text) for name in PERSON),
)
SITE = sa.table(
    "site",
    sa.column("register_id", sa.Integer),
    sa.column("name", sa.Text),
    sa.column("from_on", sa.Date),
)
APPROVAL = ("decision_makers", "decision_review")
POST = (
    "post",
    "unit",
    "ground",
    "norm",
    "document_type",
    "document_number",
    "given_names",
    "surnames",
)
DECISION_MAKER = sa.table(
    "decision_maker",
    sa.column("register_id", sa.Integer),
    *(sa.column(name, sa.Text) for name in POST),
    sa.column("from_on", sa.Date),
    sa.column("to_on", sa.Date),
)


def upgrade() -> None:
    op.create_table(
        "daily_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_file")),
        sa.UniqueConstraint("name", "on", name=op.f("uq_daily_file_name_on")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_table(
        "dated_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dated_rule_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_rule")),
        sa.UniqueConstraint("name", "from_on", name=op.f("uq_dated_rule_name_from_on")),
    )
    op.create_table(
        "link_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("asked_at", models.Moment(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_link_check_entity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_check")),
    )
    with op.batch_alter_table("link_check", schema=None) as batch_op:
        batch_op.create_index("ix_link_check_entity_id_id", ["entity_id", "id"], unique=False)

    op.create_table(
        "register",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("opened_at", models.Moment(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_address", sa.Text(), nullable=False),
        sa.Column("real_documents", sa.Boolean(), nullable=False),
        sa.Column("interest_acts_at", models.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "environment in ('demo', 'production')", name=op.f("ck_register_environment")
        ),
        sa.CheckConstraint(
            "source in ('zaguan', 'official_platform', 'own_system')",
            name=op.f("ck_register_source"),
        ),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_register_entity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint(
            "entity_id", "environment", name=op.f("uq_register_entity_id_environment")
        ),
    )
    op.create_table(
        "day_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("unknown_exits", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_day_closing_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_day_closing_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closing")),
        sa.UniqueConstraint("register_id", "on", name=op.f("uq_day_closing_register_id_on")),
    )
    op.create_table(
        "decision_maker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_decision_maker_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_maker")),
    )
    with op.batch_alter_table("decision_maker", schema=None) as batch_op:
        batch_op.create_index("ix_decision_maker_register_id", ["register_id"], unique=False)

    op.create_table(
        "no_visit_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("declared_at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", models.Moment(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_no_visit_day_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_no_visit_day_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["user.id"], name=op.f("fk_no_visit_day_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_visit_day")),
    )
    with op.batch_alter_table("no_visit_day", schema=None) as batch_op:
        batch_op.create_index(
            "uq_no_visit_day_standing",
            ["register_id", "on"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at is null"),
            postgresql_where=sa.text("withdrawn_at is null"),
        )

    op.create_table(
        "official",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_official_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official")),
    )
    with op.batch_alter_table("official", schema=None) as batch_op:
        batch_op.create_index(
            "ix_official_register_id_to_on", ["register_id", "to_on"], unique=False
        )

    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("from_at", models.Moment(timezone=True), nullable=False),
        sa.Column("to_at", models.Moment(timezone=True), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", models.Moment(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("cause in ('external', 'internal')", name=op.f("ck_outage_cause")),
        sa.CheckConstraint("to_at is null or to_at > from_at", name=op.f("ck_outage_ends_after")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_outage_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_outage_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["user.id"], name=op.f("fk_outage_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    with op.batch_alter_table("outage", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outage_register_id_from_at", ["register_id", "from_at"], unique=False
        )

    op.create_table(
        "register_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('search', 'download')", name=op.f("ck_register_event_kind")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_register_event_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_register_event_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_event")),
    )
    with op.batch_alter_table("register_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_register_event_register_id_kind", ["register_id", "kind"], unique=False
        )

    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["register_id"], ["register.id"], name=op.f("fk_site_register_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("register_id", "name", name=op.f("uq_site_register_id_name")),
    )
    op.create_table(
        "unregistrable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("is_total", sa.Boolean(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_unregistrable_amount")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_unregistrable_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_unregistrable_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unregistrable")),
        sa.UniqueConstraint(
            "register_id", "submission", name=op.f("uq_unregistrable_register_id_submission")
        ),
    )
    with op.batch_alter_table("unregistrable", schema=None) as batch_op:
        batch_op.create_index(
            "ix_unregistrable_register_id_on", ["register_id", "on"], unique=False
        )

    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("entry_at", models.Moment(timezone=True), nullable=True),
        sa.Column("exit_at", models.Moment(timezone=True), nullable=True),
        sa.Column("exit_state", sa.Text(), nullable=False),
        sa.Column("recorded_at", models.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", models.Moment(timezone=True), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("visitor_name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("visitor_key", sa.Text(), nullable=False),
        sa.Column("visitor_kind", sa.Text(), nullable=False),
        sa.Column("visitor_entity", sa.Text(), nullable=False),
        sa.Column("visitor_entity_ruc", sa.Text(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=True),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("official_unit", sa.Text(), nullable=False),
        sa.Column("official_post", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("interest", sa.Boolean(), nullable=False),
        sa.Column("norm_version", sa.Text(), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(exit_at is not null) = (exit_state = 'left')", name=op.f("ck_visit_exit_at")
        ),
        sa.CheckConstraint(
            "audience in ('public', 'demo', 'reserved')", name=op.f("ck_visit_audience")
        ),
        sa.CheckConstraint(
            "exit_state in ('inside', 'left', 'unknown')", name=op.f("ck_visit_exit_state")
        ),
        sa.CheckConstraint(
            "state in ('standing', 'annulled', 'suppressed')", name=op.f("ck_visit_state")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["official.id"], name=op.f("fk_visit_official_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user.id"], name=op.f("fk_visit_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_visit_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("code", name=op.f("uq_visit_code")),
        sa.UniqueConstraint("rank", name=op.f("uq_visit_rank")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_visit_annulled",
            ["rank"],
            unique=False,
            sqlite_where=sa.text("audience = 'public' and state = 'annulled'"),
            postgresql_where=sa.text("audience = 'public' and state = 'annulled'"),
        )
        batch_op.create_index("ix_visit_changed_in_id", ["changed_in", "id"], unique=False)
        batch_op.create_index(
            "ix_visit_inside",
            ["register_id", "rank"],
            unique=False,
            sqlite_where=sa.text("exit_state = 'inside'"),
            postgresql_where=sa.text("exit_state = 'inside'"),
        )
        batch_op.create_index(
            "ix_visit_interest",
            ["rank"],
            unique=False,
            sqlite_where=sa.text("interest and audience = 'public' and state = 'standing'"),
            postgresql_where=sa.text("interest and audience = 'public' and state = 'standing'"),
        )
        batch_op.create_index(
            "ix_visit_listed",
            ["rank", "category"],
            unique=False,
            sqlite_where=sa.text("audience = 'public' and state = 'standing'"),
            postgresql_where=sa.text("audience = 'public' and state = 'standing'"),
        )
        batch_op.create_index("ix_visit_register_id_rank", ["register_id", "rank"], unique=False)
        batch_op.create_index("ix_visit_visitor_key_rank", ["visitor_key", "rank"], unique=False)
        batch_op.create_index(
            "uq_visit_submission",
            ["register_id", "submission"],
            unique=True,
            sqlite_where=sa.text("submission is not null"),
            postgresql_where=sa.text("submission is not null"),
        )

    op.create_table(
        "past_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "summary",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("checked_at", models.Moment(timezone=True), nullable=False),
        sa.Column("done_at", models.Moment(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state in ('checked', 'done')", name=op.f("ck_past_import_state")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_past_import_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file_use.id"], name=op.f("fk_past_import_file_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_past_import_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_import")),
    )
    with op.batch_alter_table("past_import", schema=None) as batch_op:
        batch_op.create_index("ix_past_import_register_id", ["register_id"], unique=False)

    op.create_table(
        "planned_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expected_at", models.Moment(timezone=True), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column(
            "entry",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('expected', 'arrived', 'cancelled')", name=op.f("ck_planned_visit_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_planned_visit_by_id")),
        sa.ForeignKeyConstraint(
            ["official_id"], ["official.id"], name=op.f("fk_planned_visit_official_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_planned_visit_register_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_planned_visit_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_visit")),
        sa.UniqueConstraint(
            "register_id", "submission", name=op.f("uq_planned_visit_register_id_submission")
        ),
    )
    with op.batch_alter_table("planned_visit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_planned_visit_register_id_expected_at", ["register_id", "expected_at"], unique=False
        )

    op.create_table(
        "reservation",
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reservation_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_reservation_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_reservation")),
    )
    op.create_table(
        "visit_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_visit_version_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_version_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_version")),
        sa.UniqueConstraint("visit_id", "number", name=op.f("uq_visit_version_visit_id_number")),
    )
    op.create_table(
        "interest_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("planned_visit_id", sa.Integer(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held_at", models.Moment(timezone=True), nullable=True),
        sa.Column("decision_maker_id", sa.Integer(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("holder_post", sa.Text(), nullable=False),
        sa.Column("holder_unit", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("visitor_key", sa.Text(), nullable=False),
        sa.Column("interest_of", sa.Text(), nullable=False),
        sa.Column("third_name", sa.Text(), nullable=False),
        sa.Column("third_ruc", sa.Text(), nullable=False),
        sa.Column("decision_sought", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("norm_version", sa.Text(), nullable=False),
        sa.Column("recorded_at", models.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_interest_act_by_id")),
        sa.ForeignKeyConstraint(
            ["decision_maker_id"],
            ["decision_maker.id"],
            name=op.f("fk_interest_act_decision_maker_id"),
        ),
        sa.ForeignKeyConstraint(
            ["planned_visit_id"],
            ["planned_visit.id"],
            name=op.f("fk_interest_act_planned_visit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_interest_act_register_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_interest_act_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_act")),
        sa.UniqueConstraint("code", "number", name=op.f("uq_interest_act_code_number")),
        sa.UniqueConstraint(
            "register_id", "submission", name=op.f("uq_interest_act_register_id_submission")
        ),
    )
    with op.batch_alter_table("interest_act", schema=None) as batch_op:
        batch_op.create_index(
            "ix_interest_act_newest",
            ["held_on", "id"],
            unique=False,
            sqlite_where=sa.text("newest"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.create_index(
            "ix_interest_act_register_id_held_on", ["register_id", "held_on"], unique=False
        )
        batch_op.create_index("ix_interest_act_visit_id", ["visit_id"], unique=False)

    op.create_table(
        "visit_subject",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "data",
            sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["visit_version.id"], name=op.f("fk_visit_subject_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_visit_subject")),
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in ON_POSTGRESQL if on_postgresql else ON_SQLITE:
        op.execute(statement)
    fill()
    carry_over()


def fill() -> None:
    """Insert the rules that norms have set up to now, and a name for the sequence of changes."""
    rule = sa.table(
        "dated_rule",
        *(sa.column(name, sa.Text) for name in ("name", "value", "norm")),
        sa.column("from_on", sa.Date),
        sa.column("at", models.Moment(timezone=True)),
    )
    feed = sa.table("feed", sa.column("epoch", sa.Text))
    op.bulk_insert(
        rule,
        [
            {
                "name": name,
                "from_on": date.fromisoformat(from_on),
                "value": value,
                "norm": norm,
                "at": calendar.now(),
            }
            for name, from_on, value, norm in RULES
        ],
    )
    op.bulk_insert(feed, [{"epoch": secrets.token_hex(4)}])


def carry_over() -> None:
    """Open the registers that the process had opened already, with the personnel of that time.

    Before this release an open register was a document of that name.
    """
    connection = op.get_bind()
    opened = {
        (entity_id, name): datetime.fromisoformat(data["opened_at"])
        for entity_id, name, data in _newest(
            connection, "demo_register", "production_register", "interest_register"
        )
    }
    for (entity_id, name), at in opened.items():
        environment = name.removesuffix("_register")
        if environment == "interest":
            continue
        interest_at = opened.get((entity_id, "interest_register"))
        register_id = connection.execute(
            REGISTER.insert()
            .values(
                entity_id=entity_id,
                environment=environment,
                opened_at=at,
                source="zaguan",
                source_address="",
                real_documents=False,
                interest_acts_at=interest_at if environment == "production" else None,
            )
            .returning(REGISTER.c.id)
        ).scalar_one()
        _people(connection, entity_id, register_id, calendar.lima_day(at))
        if environment == "production":
            _decision_makers(connection, entity_id, register_id)


def _newest(connection: sa.Connection, *names: str) -> list[tuple[int, str, Any]]:
    """Return the newest record of each entity and name."""
    last = (
        sa.select(sa.func.max(RECORD.c.id))
        .where(RECORD.c.name.in_(names))
        .group_by(RECORD.c.entity_id, RECORD.c.name)
    )
    rows = connection.execute(
        sa.select(RECORD.c.entity_id, RECORD.c.name, RECORD.c.data)
        .where(RECORD.c.id.in_(last))
        .order_by(RECORD.c.id)
    )
    return [(row.entity_id, row.name, row.data) for row in rows]


def _people(connection: sa.Connection, entity_id: int, register_id: int, on: date) -> None:
    """Insert the altas of the entity's newest roster, and the sites where they are."""
    last = (
        sa.select(sa.func.max(RECORD.c.id))
        .where(RECORD.c.name == "roster", RECORD.c.entity_id == entity_id)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(PERSONNEL).where(PERSONNEL.c.record_id == last, PERSONNEL.c.movement == "alta")
    ).mappings()
    people = [
        {name: row[name] for name in PERSON}
        | {
            "register_id": register_id,
            "from_on": on,
            "search_text": plain(" ".join(row[name] for name in SEARCHED)),
        }
        for row in rows
    ]
    sites = sorted({person["site"] for person in people if person["site"]})
    if people:
        op.bulk_insert(OFFICIAL, people)
    op.bulk_insert(
        SITE, [{"register_id": register_id, "name": site, "from_on": on} for site in sites]
    )


def _decision_makers(connection: sa.Connection, entity_id: int, register_id: int) -> None:
    """Insert the posts that the authority approved."""
    found = {name: data for of, name, data in _newest(connection, *APPROVAL) if of == entity_id}
    if (found.get("decision_review") or {}).get("decision") != "approved":
        return
    posts = [
        {name: post[name] for name in POST}
        | {
            "register_id": register_id,
            "from_on": date.fromisoformat(post["from_on"]),
            "to_on": date.fromisoformat(post["to_on"]) if post["to_on"] else None,
        }
        for post in found.get("decision_makers") or ()
    ]
    if posts:
        op.bulk_insert(DECISION_MAKER, posts)
