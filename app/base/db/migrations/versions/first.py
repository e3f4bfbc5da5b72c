"""The schema of 0.14.0, written by tests/first_migration.py from the models."""

import secrets
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.base import calendar
from app.base.db import sql_files
from app.base.models import base as models

revision = "0.14.0.1274356b"
down_revision = None
branch_labels = None
depends_on = None
FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    """Create all tables, what no model can say, and the rows that each installation begins with."""
    create_tables()
    connection = op.get_bind()
    sql_files.run(connection, FOLDER / f"{connection.dialect.name}.sql")
    sql_files.run(connection, FOLDER / f"{connection.dialect.name}_indexes.sql")
    rules = sa.text((FOLDER / "rules.sql").read_text("utf-8"))
    op.execute(rules.bindparams(sa.bindparam("at", calendar.now(), models.Moment())))
    epoch = sa.text("insert into feed (epoch) values (:epoch)")
    op.execute(epoch.bindparams(epoch=secrets.token_hex(4)))


def create_tables() -> None:
    op.create_table(
        "address",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hard_bounces", sa.Integer(), nullable=False),
        sa.Column("soft_bounces", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("last_at", models.Moment(), nullable=True),
        sa.Column("dead_at", models.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_address")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_subject_at", "attempt", ["subject", "at"], unique=False)
    op.create_table(
        "chain_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("began_at", models.Moment(), nullable=True),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("faults", models.Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_check")),
    )
    op.create_table(
        "chain_closing",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("counts", models.Document, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_chain_closing")),
    )
    op.create_table(
        "daily_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_file")),
        sa.UniqueConstraint("name", "on", name=op.f("uq_daily_file_name_on")),
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("texts", models.Document, nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("hash", name=op.f("uq_deployment_hash")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("number_offset", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_table(
        "job_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", models.Moment(), nullable=False),
        sa.Column("seen_at", models.Moment(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("result", models.Document, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", models.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until_at", models.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "mail_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("since_at", models.Moment(), nullable=False),
        sa.Column("resumed_at", models.Moment(), nullable=True),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_domain")),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("ubigeo", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_mandate_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint(
            "level", "ubigeo", "from_on", name=op.f("uq_mandate_level_ubigeo_from_on")
        ),
    )
    op.create_table(
        "non_working_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "scope in ('national', 'region', 'entity')", name=op.f("ck_non_working_day_scope")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_non_working_day")),
        sa.UniqueConstraint("on", "scope", "place", name=op.f("uq_non_working_day_on_scope_place")),
    )
    op.create_table(
        "number_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_number_series_last")),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "spooled_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("tried_at", models.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spooled_message")),
        sa.UniqueConstraint("digest", name=op.f("uq_spooled_message_digest")),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("checked_at", models.Moment(), nullable=True),
        sa.Column("damage", sa.Text(), nullable=False),
        sa.Column("removed_at", models.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.Column("slash_key", sa.Boolean(), nullable=False),
        sa.Column("wants_sign_in_mails", sa.Boolean(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("suspended_at", models.Moment(), nullable=True),
        sa.Column("reopened_at", models.Moment(), nullable=True),
        sa.Column("entity_columns", models.Document, nullable=True),
        sa.CheckConstraint(
            "document_type in ('DNI', 'CE', 'PASAPORTE')", name=op.f("ck_user_document_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint(
            "document_type", "document_number", name=op.f("uq_user_document_type_document_number")
        ),
    )
    op.create_table(
        "year_name",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_year_name")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", models.Moment(), nullable=True),
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
    op.create_index(op.f("ix_absence_substitute_id"), "absence", ["substitute_id"], unique=False)
    op.create_index(op.f("ix_absence_user_id"), "absence", ["user_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", models.Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", models.Moment(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("data", models.Document, nullable=False),
        sa.CheckConstraint(
            "kind in ('contacts', 'start', 'letters', 'validation', 'authority', 'mandates', 'proclaimed', 'remind', 'extend', 'suspend', 'resume', 'assign', 'give', 'note', 'enrol', 'move_session', 'attendance', 'attendance_fix', 'entity_changes', 'rucs', 'baseline')",
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
    op.create_index(op.f("ix_batch_sha256"), "batch", ["sha256"], unique=False)
    op.create_table(
        "calendar_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("with_names", sa.Boolean(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_address_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_address_secret_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_address_user_id")),
    )
    op.create_table(
        "chain_leaf",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("closing_number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("salts", models.Document, nullable=True),
        sa.Column("suppressed", models.Document, nullable=True),
        sa.ForeignKeyConstraint(
            ["closing_number"], ["chain_closing.number"], name=op.f("fk_chain_leaf_closing_number")
        ),
        sa.PrimaryKeyConstraint("table_name", "row_id", name=op.f("pk_chain_leaf")),
    )
    op.create_index(
        op.f("ix_chain_leaf_closing_number"), "chain_leaf", ["closing_number"], unique=False
    )
    op.create_table(
        "dated_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("second_hand", sa.Boolean(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dated_rule_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_rule")),
        sa.UniqueConstraint("name", "from_on", name=op.f("uq_dated_rule_name_from_on")),
    )
    op.create_table(
        "entity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("acronym", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("ubigeo", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("ruc", sa.Text(), nullable=False),
        sa.Column("ruc_to_confirm", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("website_kind", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("has_register", sa.Boolean(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("contact_authority", sa.Text(), nullable=False),
        sa.Column("contact_source", sa.Text(), nullable=False),
        sa.Column("contact_on", sa.Date(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("extinct_on", sa.Date(), nullable=True),
        sa.Column("extinct_norm", sa.Text(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("former_names", sa.Text(), nullable=False),
        sa.Column("sip_coordinator_id", sa.Integer(), nullable=True),
        sa.Column("sgtd_coordinator_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sgtd_coordinator_id"], ["user.id"], name=op.f("fk_entity_sgtd_coordinator_id")
        ),
        sa.ForeignKeyConstraint(
            ["sip_coordinator_id"], ["user.id"], name=op.f("fk_entity_sip_coordinator_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["entity.id"], name=op.f("fk_entity_successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        sa.UniqueConstraint("code", name=op.f("uq_entity_code")),
    )
    op.create_table(
        "induction_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", models.Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "topic in ('thematic', 'technical')", name=op.f("ck_induction_session_topic")
        ),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_induction_session_seats")),
        sa.CheckConstraint(
            "taken >= 0 and taken <= seats", name=op.f("ck_induction_session_taken")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_induction_session_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_induction_session")),
    )
    op.create_index(op.f("ix_induction_session_at"), "induction_session", ["at"], unique=False)
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", models.Moment(), nullable=True),
        sa.CheckConstraint("(sha256 is null) <> (link = '')", name=op.f("ck_material_content")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_material_by_id")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_material_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint(
            "stage", "title", "version", name=op.f("uq_material_stage_title_version")
        ),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", models.Document, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.Column("used_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_passkey_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"], unique=False)
    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_passkey_challenge_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
    )
    op.create_index(
        op.f("ix_passkey_challenge_user_id"), "passkey_challenge", ["user_id"], unique=False
    )
    op.create_table(
        "put_into_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_put_into_force_by_id")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_put_into_force_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_put_into_force")),
    )
    op.create_index(
        op.f("ix_put_into_force_deployment_id"), "put_into_force", ["deployment_id"], unique=False
    )
    op.create_table(
        "read_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("facts", models.Document, nullable=False),
        sa.Column("read_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_read_file_sha256")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_read_file")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.Column("used_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)
    op.create_table(
        "reminder_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", models.Moment(), nullable=True),
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
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.CheckConstraint("role in ('', 'sip', 'sgtd', 'all')", name=op.f("ck_saved_view_role")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_saved_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "folded", name=op.f("uq_saved_view_owner_id_folded")),
    )
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("set_at", models.Moment(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("user_id", name=op.f("uq_second_factor_user_id")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("seen_at", models.Moment(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("factor_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "unsent_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pairs", models.Document, nullable=False),
        sa.Column("with_files", sa.Boolean(), nullable=False),
        sa.Column("kept_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_unsent_form_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent_form")),
        sa.UniqueConstraint("key", name=op.f("uq_unsent_form_key")),
    )
    op.create_index(op.f("ix_unsent_form_user_id"), "unsent_form", ["user_id"], unique=False)
    op.create_table(
        "version_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.CheckConstraint(
            "source in ('code', 'command', 'page')", name=op.f("ck_version_offer_source")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_version_offer_by_id")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_version_offer_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_offer")),
    )
    op.create_index(
        op.f("ix_version_offer_deployment_id"), "version_offer", ["deployment_id"], unique=False
    )
    op.create_table(
        "baseline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("unknown", models.Document, nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_baseline_batch_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_baseline_by_id")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_baseline_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline")),
    )
    op.create_index(op.f("ix_baseline_batch_id"), "baseline", ["batch_id"], unique=False)
    op.create_index(op.f("ix_baseline_sha256"), "baseline", ["sha256"], unique=False)
    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("data", models.Document, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("done_at", models.Moment(), nullable=True),
        sa.CheckConstraint("plan in ('do', 'same', 'refused')", name=op.f("ck_batch_row_plan")),
        sa.CheckConstraint(
            "result in ('', 'done', 'same', 'refused')", name=op.f("ck_batch_row_result")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_row_batch_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_batch_row_entity_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_row")),
    )
    op.create_index(op.f("ix_batch_row_entity_id"), "batch_row", ["entity_id"], unique=False)
    op.create_table(
        "corrected_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("second_hand", sa.Boolean(), nullable=False),
        sa.Column("until_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["dated_rule.id"], name=op.f("fk_corrected_rule_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrected_rule")),
    )
    op.create_index(op.f("ix_corrected_rule_rule_id"), "corrected_rule", ["rule_id"], unique=False)
    op.create_table(
        "data_breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("known_at", models.Moment(), nullable=False),
        sa.Column("due_at", models.Moment(), nullable=False),
        sa.Column("reported_at", models.Moment(), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("notified_at", models.Moment(), nullable=True),
        sa.Column("notified_to", sa.Text(), nullable=False),
        sa.Column("reminded_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "(notified_at is null) = (notified_to = '')", name=op.f("ck_data_breach_notified_to")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_data_breach_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_data_breach_person_id")),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["user.id"], name=op.f("fk_data_breach_reported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_breach")),
        sa.UniqueConstraint("submission", name=op.f("uq_data_breach_submission")),
    )
    op.create_index(op.f("ix_data_breach_entity_id"), "data_breach", ["entity_id"], unique=False)
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
    op.create_index(op.f("ix_default_view_view_id"), "default_view", ["view_id"], unique=False)
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("heir_id", sa.Integer(), nullable=True),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("announced_at", models.Moment(), nullable=False),
        sa.Column("withdrawn_at", models.Moment(), nullable=True),
        sa.Column("done_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_departure_entity_id")),
        sa.ForeignKeyConstraint(["heir_id"], ["user.id"], name=op.f("fk_departure_heir_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_departure_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
    )
    op.create_index(op.f("ix_departure_entity_id"), "departure", ["entity_id"], unique=False)
    op.create_index(op.f("ix_departure_user_id"), "departure", ["user_id"], unique=False)
    op.create_index(
        "ix_departure_waiting",
        "departure",
        ["from_on"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at is null and done_at is null"),
        postgresql_where=sa.text("withdrawn_at is null and done_at is null"),
    )
    op.create_table(
        "entity_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_entity_name_by_id")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_entity_name_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity_name")),
        sa.UniqueConstraint("folded", name=op.f("uq_entity_name_folded")),
    )
    op.create_index(op.f("ix_entity_name_entity_id"), "entity_name", ["entity_id"], unique=False)
    op.create_table(
        "grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("since_at", models.Moment(), nullable=False),
        sa.Column("until_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_grant_entity_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_grant_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    op.create_index("ix_grant_entity_role", "grant", ["entity_id", "role"], unique=False)
    op.create_index(
        "uq_grant_open",
        "grant",
        ["user_id", "role", sa.literal_column("coalesce(entity_id, 0)")],
        unique=True,
        sqlite_where=sa.text("until_at is null"),
        postgresql_where=sa.text("until_at is null"),
    )
    op.create_table(
        "migration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("in_force_id", sa.Integer(), nullable=False),
        sa.Column("put_id", sa.Integer(), nullable=True),
        sa.Column("places", models.Document, nullable=False),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        sa.Column("rehearsed_at", models.Moment(), nullable=True),
        sa.Column("closed_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "state in ('rehearsing', 'rehearsed', 'void', 'closed')",
            name=op.f("ck_migration_state"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_migration_by_id")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_migration_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["in_force_id"], ["deployment.id"], name=op.f("fk_migration_in_force_id")
        ),
        sa.ForeignKeyConstraint(
            ["put_id"], ["put_into_force.id"], name=op.f("fk_migration_put_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration")),
    )
    op.create_index(
        op.f("ix_migration_deployment_id"), "migration", ["deployment_id"], unique=False
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_note_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_note_entity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("key", name=op.f("uq_note_key")),
    )
    op.create_index("ix_note_entity_id_id", "note", ["entity_id", "id"], unique=False)
    op.create_table(
        "planned_start",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_planned_start_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_start")),
        sa.UniqueConstraint(
            "entity_id", "process", name=op.f("uq_planned_start_entity_id_process")
        ),
    )
    op.create_index(op.f("ix_planned_start_at"), "planned_start", ["at"], unique=False)
    op.create_table(
        "process_instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since_at", models.Moment(), nullable=True),
        sa.Column("wake_at", models.Moment(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_since_at", models.Moment(), nullable=True),
        sa.Column("validated", models.Document, nullable=False),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("end_name", sa.Text(), nullable=False),
        sa.Column("norm_version", sa.Text(), nullable=False),
        sa.Column("started_at", models.Moment(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("suspended_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "status in ('running', 'suspended', 'ended', 'cancelled')",
            name=op.f("ck_process_instance_status"),
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_process_instance_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_process_instance_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
    )
    op.create_index(
        op.f("ix_process_instance_entity_id"), "process_instance", ["entity_id"], unique=False
    )
    op.create_index(
        "ix_process_instance_wake_at",
        "process_instance",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at is not null"),
        postgresql_where=sa.text("wake_at is not null"),
    )
    op.create_index(
        "uq_process_instance_open",
        "process_instance",
        ["entity_id", "process"],
        unique=True,
        sqlite_where=sa.text("ended_at is null and process <> 'change_personnel'"),
        postgresql_where=sa.text("ended_at is null and process <> 'change_personnel'"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", models.Document, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", models.Moment(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(closed_at is null) = (state = 'waiting')", name=op.f("ck_proposal_closed_at")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'confirmed', 'withdrawn', 'void')", name=op.f("ck_proposal_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_proposal_by_id")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user.id"], name=op.f("fk_proposal_closed_by_id")
        ),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_proposal_entity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_entity_id"), "proposal", ["entity_id"], unique=False)
    op.create_index(
        "uq_proposal_waiting",
        "proposal",
        ["kind", "key"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "register",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("opened_at", models.Moment(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_address", sa.Text(), nullable=False),
        sa.Column("real_documents", sa.Boolean(), nullable=False),
        sa.Column("only_imported", sa.Boolean(), nullable=False),
        sa.Column("interest_acts_at", models.Moment(), nullable=True),
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
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("valid_from_at", models.Moment(), nullable=True),
        sa.Column("expires_at", models.Moment(), nullable=False),
        sa.Column("used_at", models.Moment(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_ticket_entity_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_ticket_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_ticket_secret_hash")),
    )
    op.create_index(op.f("ix_ticket_entity_id"), "ticket", ["entity_id"], unique=False)
    op.create_index(op.f("ix_ticket_user_id"), "ticket", ["user_id"], unique=False)
    op.create_table(
        "baseline_name",
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("candidates", models.Document, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("lines", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "match in ('exact', 'folded', 'acronym', 'former', 'chosen', 'similar', 'several', 'none')",
            name=op.f("ck_baseline_name_match"),
        ),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["baseline.id"], name=op.f("fk_baseline_name_baseline_id")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_baseline_name_entity_id")
        ),
        sa.PrimaryKeyConstraint("baseline_id", "number", name=op.f("pk_baseline_name")),
    )
    op.create_index(
        op.f("ix_baseline_name_entity_id"), "baseline_name", ["entity_id"], unique=False
    )
    op.create_table(
        "day_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("unknown_exits", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_day_closing_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_day_closing_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closing")),
        sa.UniqueConstraint("register_id", "on", name=op.f("uq_day_closing_register_id_on")),
    )
    op.create_table(
        "filing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("presented_at", models.Moment(), nullable=False),
        sa.Column("cut", sa.Text(), nullable=False),
        sa.Column("received_at", models.Moment(), nullable=True),
        sa.Column("desk_observed", sa.Boolean(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("signed", models.Document, nullable=False),
        sa.Column("own", models.Document, nullable=True),
        sa.Column("observations", models.Document, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("closed_at", models.Moment(), nullable=True),
        sa.CheckConstraint("kind in ('designation', 'personnel')", name=op.f("ck_filing_kind")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_filing_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_filing_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
    )
    op.create_index("ix_filing_instance_id_kind", "filing", ["instance_id", "kind"], unique=False)
    op.create_table(
        "former_state",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tasks", models.Document, nullable=False),
        sa.Column("seats", models.Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_former_state_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_former_state_instance_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_former_state")),
    )
    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("since_at", models.Moment(), nullable=False),
        sa.Column("until_at", models.Moment(), nullable=False),
        sa.CheckConstraint("since_at < until_at", name=op.f("ck_holding_order")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_holding_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
    )
    op.create_index(
        "ix_holding_instance_id_since_at", "holding", ["instance_id", "since_at"], unique=False
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("happened_at", models.Moment(), nullable=False),
        sa.Column("next_try_at", models.Moment(), nullable=True),
        sa.Column("resolved_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_incident_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_instance_id"), "incident", ["instance_id"], unique=False)
    op.create_table(
        "mandate_end",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("notified_at", models.Moment(), nullable=True),
        sa.Column("rosters_ended_at", models.Moment(), nullable=True),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_mandate_end_entity_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_mandate_end_instance_id")
        ),
        sa.PrimaryKeyConstraint("entity_id", "ends_on", name=op.f("pk_mandate_end")),
    )
    op.create_index(
        op.f("ix_mandate_end_instance_id"), "mandate_end", ["instance_id"], unique=False
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", models.Moment(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("guests", models.Document, nullable=False),
        sa.Column("cancelled_at", models.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_meeting_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_meeting_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("instance_id", "key", name=op.f("uq_meeting_instance_id_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )
    op.create_table(
        "migration_batch",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filter", models.Document, nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", models.Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'applying', 'done', 'dropped')",
            name=op.f("ck_migration_batch_state"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_migration_batch_by_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user.id"], name=op.f("fk_migration_batch_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["migration_id"], ["migration.id"], name=op.f("fk_migration_batch_migration_id")
        ),
        sa.PrimaryKeyConstraint("migration_id", "number", name=op.f("pk_migration_batch")),
    )
    op.create_table(
        "migration_group",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", models.Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["migration_id"], ["migration.id"], name=op.f("fk_migration_group_migration_id")
        ),
        sa.PrimaryKeyConstraint("migration_id", "number", name=op.f("pk_migration_group")),
        sa.UniqueConstraint(
            "migration_id", "key", name=op.f("uq_migration_group_migration_id_key")
        ),
    )
    op.create_table(
        "no_visit_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("declared_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", models.Moment(), nullable=True),
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
    op.create_index(
        "uq_no_visit_day_standing",
        "no_visit_day",
        ["register_id", "on"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at is null"),
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "note_mention",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_note_mention_note_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_note_mention_user_id")),
        sa.PrimaryKeyConstraint("note_id", "user_id", name=op.f("pk_note_mention")),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("from_at", models.Moment(), nullable=False),
        sa.Column("to_at", models.Moment(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", models.Moment(), nullable=True),
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
    op.create_index(
        "ix_outage_register_id_from_at", "outage", ["register_id", "from_at"], unique=False
    )
    op.create_table(
        "post_holder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("post_key", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_post_holder_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_holder")),
        sa.UniqueConstraint(
            "register_id", "document_number", "document_type", "post_key", "from_on", name="once"
        ),
    )
    op.create_index(
        "ix_post_holder_register_id_to_on", "post_holder", ["register_id", "to_on"], unique=False
    )
    op.create_table(
        "register_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('search', 'download')", name=op.f("ck_register_event_kind")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_register_event_by_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_register_event_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_event")),
    )
    op.create_index(
        "ix_register_event_register_id_kind",
        "register_event",
        ["register_id", "kind"],
        unique=False,
    )
    op.create_table(
        "register_month",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("silent_days", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("without_exit", sa.Integer(), nullable=False),
        sa.Column("other_motive", sa.Integer(), nullable=False),
        sa.Column("counted_at", models.Moment(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("findings", models.Document, nullable=False),
        sa.Column("judged_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "act in ('', 'nothing', 'mail', 'follow_up')", name=op.f("ck_register_month_act")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_register_month_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_month")),
        sa.UniqueConstraint(
            "register_id", "month", name=op.f("uq_register_month_register_id_month")
        ),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_seat_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["induction_session.id"], name=op.f("fk_seat_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint(
            "session_id", "instance_id", name=op.f("uq_seat_session_id_instance_id")
        ),
    )
    op.create_index(op.f("ix_seat_instance_id"), "seat", ["instance_id"], unique=False)
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
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", models.Moment(), nullable=False),
        sa.Column("due_at", models.Moment(), nullable=True),
        sa.Column("due_moves", sa.Integer(), nullable=False),
        sa.Column("due_moved_at", models.Moment(), nullable=True),
        sa.Column("due_kind", sa.Text(), nullable=False),
        sa.Column("due_basis", sa.Text(), nullable=False),
        sa.Column("counted_from", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("added_days", sa.Integer(), nullable=False),
        sa.Column("regular_days", sa.Integer(), nullable=False),
        sa.Column("notified_at", models.Moment(), nullable=True),
        sa.Column("notified_how", sa.Text(), nullable=False),
        sa.Column("notice_at", models.Moment(), nullable=True),
        sa.Column("notice_sent_at", models.Moment(), nullable=True),
        sa.Column("paper_at", models.Moment(), nullable=True),
        sa.Column("paper_since_at", models.Moment(), nullable=True),
        sa.Column("question_since_at", models.Moment(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("next_reminder_at", models.Moment(), nullable=True),
        sa.Column("paused_days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("came_as", sa.Text(), nullable=False),
        sa.Column("had_since_on", sa.Date(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", models.Moment(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'completed', 'lapsed', 'cancelled')", name=op.f("ck_task_state")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["user.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_task_closed_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_task_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_task_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("engine_id", name=op.f("uq_task_engine_id")),
    )
    op.create_index(op.f("ix_task_assignee_id"), "task", ["assignee_id"], unique=False)
    op.create_index(
        "ix_task_closed_by_id",
        "task",
        ["closed_by_id"],
        unique=False,
        sqlite_where=sa.text("role in ('administrator', 'authority')"),
        postgresql_where=sa.text("role in ('administrator', 'authority')"),
    )
    op.create_index("ix_task_closed_by_id_step", "task", ["closed_by_id", "step"], unique=False)
    op.create_index("ix_task_instance_id_step", "task", ["instance_id", "step"], unique=False)
    op.create_index(
        "ix_task_next_reminder_at",
        "task",
        ["next_reminder_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_task_not_notified",
        "task",
        ["notice_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open' and notice_at is not null and notified_at is null"),
        postgresql_where=sa.text(
            "state = 'open' and notice_at is not null and notified_at is null"
        ),
    )
    op.create_index(
        "ix_task_of_entities",
        "task",
        ["id", "instance_id", "process"],
        unique=False,
        sqlite_where=sa.text("role in ('administrator', 'authority')"),
        postgresql_where=sa.text("role in ('administrator', 'authority')"),
    )
    op.create_index(
        "ix_task_open_entity",
        "task",
        ["entity_id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_task_open_role",
        "task",
        ["role", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "unregistrable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("is_total", sa.Boolean(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
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
    op.create_index(
        "ix_unregistrable_register_id_on", "unregistrable", ["register_id", "on"], unique=False
    )
    op.create_table(
        "validation_draft",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("pairs", models.Document, nullable=False),
        sa.Column("saved_at", models.Moment(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_validation_draft_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["user.id"], name=op.f("fk_validation_draft_saved_by_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", "stage", name=op.f("pk_validation_draft")),
    )
    op.create_table(
        "waiting_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("since_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_waiting_seat_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["induction_session.id"], name=op.f("fk_waiting_seat_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_seat")),
        sa.UniqueConstraint(
            "session_id", "instance_id", name=op.f("uq_waiting_seat_session_id_instance_id")
        ),
    )
    op.create_index(
        op.f("ix_waiting_seat_instance_id"), "waiting_seat", ["instance_id"], unique=False
    )
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_allowance_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_allowance_task_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_allowance_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance")),
        sa.UniqueConstraint("task_id", "user_id", name=op.f("uq_allowance_task_id_user_id")),
    )
    op.create_index(op.f("ix_allowance_at"), "allowance", ["at"], unique=False)
    op.create_table(
        "dictation",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("told_at", models.Moment(), nullable=False),
        sa.Column("noted_at", models.Moment(), nullable=False),
        sa.CheckConstraint("how in ('telephone', 'in_person')", name=op.f("ck_dictation_how")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dictation_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_dictation_task_id")),
        sa.PrimaryKeyConstraint("task_id", "by_id", name=op.f("pk_dictation")),
    )
    op.create_table(
        "draft",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("pairs", models.Document, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", models.Moment(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["saved_by_id"], ["user.id"], name=op.f("fk_draft_saved_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_draft_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_draft")),
    )
    op.create_index(
        "ix_draft_saved_by_id_task_id", "draft", ["saved_by_id", "task_id"], unique=False
    )
    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", models.Moment(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_at", models.Moment(), nullable=True),
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
    op.create_index(
        "uq_extension_request_open",
        "extension_request",
        ["task_id"],
        unique=True,
        sqlite_where=sa.text("answer = ''"),
        postgresql_where=sa.text("answer = ''"),
    )
    op.create_table(
        "file_use",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("void_at", models.Moment(), nullable=True),
        sa.Column("findings", models.Document, nullable=True),
        sa.Column("issued_code", sa.Text(), nullable=True),
        sa.Column("as_is", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_file_use_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_file_use_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_file_use_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_file_use_sha256")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_file_use_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_use")),
    )
    op.create_index(op.f("ix_file_use_entity_id"), "file_use", ["entity_id"], unique=False)
    op.create_index(op.f("ix_file_use_task_id"), "file_use", ["task_id"], unique=False)
    op.create_table(
        "given_task",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_given_task_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_given_task_task_id")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_given_task_to_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_given_task")),
    )
    op.create_index(op.f("ix_given_task_by_id"), "given_task", ["by_id"], unique=False)
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("data", models.Document, nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_log_actor_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_log_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_log_instance_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_log_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
    )
    op.create_index(
        "ix_log_code_held",
        "log",
        ["entity_id", "actor_id"],
        unique=False,
        sqlite_where=sa.text("kind = 'code.held'"),
        postgresql_where=sa.text("kind = 'code.held'"),
    )
    op.create_index(
        "ix_log_documents",
        "log",
        ["id"],
        unique=False,
        sqlite_where=sa.text("kind in ('document.unmasked', 'document.searched')"),
        postgresql_where=sa.text("kind in ('document.unmasked', 'document.searched')"),
    )
    op.create_index("ix_log_entity_id_id", "log", ["entity_id", "id"], unique=False)
    op.create_index("ix_log_instance_id_id", "log", ["instance_id", "id"], unique=False)
    op.create_index(
        "ix_log_lets_in",
        "log",
        ["at"],
        unique=False,
        sqlite_where=sa.text(
            "kind in ('person.role_granted', 'person.email_changed', 'person.email_corrected', 'person.contact_changed')"
        ),
        postgresql_where=sa.text(
            "kind in ('person.role_granted', 'person.email_changed', 'person.email_corrected', 'person.contact_changed')"
        ),
    )
    op.create_table(
        "migration_case",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=True),
        sa.Column("batch_number", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("tried_at", models.Moment(), nullable=True),
        sa.Column("done_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "result in ('', 'moved', 'skipped', 'failed', 'returning', 'returned')",
            name=op.f("ck_migration_case_result"),
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_migration_case_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_migration_case_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["migration_id", "batch_number"],
            ["migration_batch.migration_id", "migration_batch.number"],
            name="fk_migration_case_batch",
        ),
        sa.ForeignKeyConstraint(
            ["migration_id", "group_number"],
            ["migration_group.migration_id", "migration_group.number"],
            name="fk_migration_case_group",
        ),
        sa.ForeignKeyConstraint(
            ["migration_id"], ["migration.id"], name=op.f("fk_migration_case_migration_id")
        ),
        sa.PrimaryKeyConstraint("migration_id", "instance_id", name=op.f("pk_migration_case")),
    )
    op.create_index(
        "ix_migration_case_result",
        "migration_case",
        ["migration_id", "result", "kind"],
        unique=False,
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("data", models.Document, nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("done_at", models.Moment(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_notice_done_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_notice_entity_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_notice_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_entity_id"), "notice", ["entity_id"], unique=False)
    op.create_index(
        "uq_notice_open",
        "notice",
        ["kind", "key"],
        unique=True,
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", models.Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waiting_since_at", models.Moment(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=False),
        sa.Column("due_at", models.Moment(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("next_reminder_at", models.Moment(), nullable=True),
        sa.Column("blocks_since_at", models.Moment(), nullable=True),
        sa.Column("closed_at", models.Moment(), nullable=True),
        sa.CheckConstraint("role in ('sip', 'sgtd')", name=op.f("ck_question_role")),
        sa.CheckConstraint(
            "state in ('waiting', 'answered', 'closed')", name=op.f("ck_question_state")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_question_author_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_question_entity_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_question_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_entity_id_id", "question", ["entity_id", "id"], unique=False)
    op.create_index(
        "ix_question_next_reminder_at",
        "question",
        ["next_reminder_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("ix_question_task_id"), "question", ["task_id"], unique=False)
    op.create_index(
        "ix_question_waiting",
        "question",
        ["role", "waiting_since_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", models.Document, nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_record_by_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_record_entity_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_record_instance_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_record_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    op.create_index(
        "ix_record_entity_id_name_id", "record", ["entity_id", "name", "id"], unique=False
    )
    op.create_index(
        "ix_record_instance_id_name_id", "record", ["instance_id", "name", "id"], unique=False
    )
    op.create_table(
        "staged_page",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_staged_page_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_staged_page_task_id")),
        sa.PrimaryKeyConstraint("task_id", "field", "key", name=op.f("pk_staged_page")),
    )
    op.create_index("ix_staged_page_created_at", "staged_page", ["created_at"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("entry_at", models.Moment(), nullable=True),
        sa.Column("exit_at", models.Moment(), nullable=True),
        sa.Column("exit_state", sa.Text(), nullable=False),
        sa.Column("recorded_at", models.Moment(), nullable=False),
        sa.Column("changed_at", models.Moment(), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=True),
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
            ["official_id"], ["post_holder.id"], name=op.f("fk_visit_official_id")
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
    op.create_index(
        "ix_visit_annulled",
        "visit",
        ["rank"],
        unique=False,
        sqlite_where=sa.text("audience = 'public' and state = 'annulled'"),
        postgresql_where=sa.text("audience = 'public' and state = 'annulled'"),
    )
    op.create_index("ix_visit_changed_in_id", "visit", ["changed_in", "id"], unique=False)
    op.create_index(
        "ix_visit_inside",
        "visit",
        ["register_id", "rank"],
        unique=False,
        sqlite_where=sa.text("exit_state = 'inside'"),
        postgresql_where=sa.text("exit_state = 'inside'"),
    )
    op.create_index(
        "ix_visit_interest",
        "visit",
        ["rank"],
        unique=False,
        sqlite_where=sa.text("interest and audience = 'public' and state = 'standing'"),
        postgresql_where=sa.text("interest and audience = 'public' and state = 'standing'"),
    )
    op.create_index(
        "ix_visit_listed",
        "visit",
        ["rank", "category"],
        unique=False,
        sqlite_where=sa.text("audience = 'public' and state = 'standing'"),
        postgresql_where=sa.text("audience = 'public' and state = 'standing'"),
    )
    op.create_index("ix_visit_register_id_rank", "visit", ["register_id", "rank"], unique=False)
    op.create_index(
        "ix_visit_represented",
        "visit",
        ["visitor_entity_ruc", "rank"],
        unique=False,
        sqlite_where=sa.text("visitor_entity_ruc <> ''"),
        postgresql_where=sa.text("visitor_entity_ruc <> ''"),
    )
    op.create_index("ix_visit_visitor_key_rank", "visit", ["visitor_key", "rank"], unique=False)
    op.create_index(
        "uq_visit_submission",
        "visit",
        ["register_id", "submission"],
        unique=True,
        sqlite_where=sa.text("submission is not null"),
        postgresql_where=sa.text("submission is not null"),
    )
    op.create_table(
        "issued_paper",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("issued_at", models.Moment(), nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_issued_paper_entity_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file_use.id"], name=op.f("fk_issued_paper_file_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_issued_paper_instance_id")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_issued_paper")),
        sa.UniqueConstraint("file_id", name=op.f("uq_issued_paper_file_id")),
    )
    op.create_index("ix_issued_paper_entity_id", "issued_paper", ["entity_id"], unique=False)
    op.create_index(
        "ix_issued_paper_instance_id_document",
        "issued_paper",
        ["instance_id", "document"],
        unique=False,
    )
    op.create_index("ix_issued_paper_sha256", "issued_paper", ["sha256"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.Column("meeting", models.Document, nullable=True),
        sa.Column("paths", models.Document, nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("not_before_at", models.Moment(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", models.Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", models.Moment(), nullable=True),
        sa.Column("lease_until_at", models.Moment(), nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("bounced_at", models.Moment(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'sent', 'shown', 'dropped', 'failed', 'bounced')",
            name=op.f("ck_mail_state"),
        ),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_mail_entity_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file_use.id"], name=op.f("fk_mail_file_id")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_mail_question_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_mail_task_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    op.create_index(op.f("ix_mail_created_at"), "mail", ["created_at"], unique=False)
    op.create_index(op.f("ix_mail_entity_id"), "mail", ["entity_id"], unique=False)
    op.create_index(
        "ix_mail_failed",
        "mail",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_mail_lease_until_at",
        "mail",
        ["lease_until_at"],
        unique=False,
        sqlite_where=sa.text("lease_until_at is not null"),
        postgresql_where=sa.text("lease_until_at is not null"),
    )
    op.create_index(op.f("ix_mail_sent_at"), "mail", ["sent_at"], unique=False)
    op.create_index(
        "ix_mail_task_id",
        "mail",
        ["task_id"],
        unique=False,
        sqlite_where=sa.text("task_id is not null"),
        postgresql_where=sa.text("task_id is not null"),
    )
    op.create_index(op.f("ix_mail_user_id"), "mail", ["user_id"], unique=False)
    op.create_index(
        "ix_mail_waiting",
        "mail",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_mail_digest",
        "mail",
        ["person", "digest_on"],
        unique=True,
        sqlite_where=sa.text("digest_on is not null"),
        postgresql_where=sa.text("digest_on is not null"),
    )
    op.create_table(
        "past_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("summary", models.Document, nullable=False),
        sa.Column("uploaded_at", models.Moment(), nullable=False),
        sa.Column("done_at", models.Moment(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('uploaded', 'checked', 'done')", name=op.f("ck_past_import_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_past_import_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file_use.id"], name=op.f("fk_past_import_file_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_past_import_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_import")),
    )
    op.create_index(
        op.f("ix_past_import_register_id"), "past_import", ["register_id"], unique=False
    )
    op.create_table(
        "personnel_row",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_personnel_row_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "number", name=op.f("pk_personnel_row")),
    )
    op.create_index(
        "ix_personnel_row_document_number", "personnel_row", ["document_number"], unique=False
    )
    op.create_index(
        "ix_personnel_row_record_id_document_number",
        "personnel_row",
        ["record_id", "document_number"],
        unique=False,
    )
    op.create_table(
        "planned_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expected_at", models.Moment(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("entry", models.Document, nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('expected', 'arrived', 'cancelled')", name=op.f("ck_planned_visit_state")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_planned_visit_by_id")),
        sa.ForeignKeyConstraint(
            ["official_id"], ["post_holder.id"], name=op.f("fk_planned_visit_official_id")
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
    op.create_index(
        "ix_planned_visit_register_id_expected_at",
        "planned_visit",
        ["register_id", "expected_at"],
        unique=False,
    )
    op.create_table(
        "reservation",
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reservation_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_reservation_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_reservation")),
    )
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("for_minor", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", models.Moment(), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=False),
        sa.Column("due_at", models.Moment(), nullable=False),
        sa.Column("answered_at", models.Moment(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(answered_at is null) = (state = 'waiting')",
            name=op.f("ck_rights_request_answered_at"),
        ),
        sa.CheckConstraint(
            "kind in ('information', 'access', 'rectification', 'suppression')",
            name=op.f("ck_rights_request_kind"),
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'granted', 'refused')", name=op.f("ck_rights_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_rights_request_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_rights_request_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_rights_request_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    op.create_index(
        "ix_rights_request_register_id_due_at",
        "rights_request",
        ["register_id", "due_at"],
        unique=False,
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("hidden_at", models.Moment(), nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", models.Moment(), nullable=False),
        sa.Column("decided_at", models.Moment(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("fields", models.Document, nullable=False),
        sa.Column("marks", models.Document, nullable=True),
        sa.CheckConstraint(
            "(decided_at is null) = (state = 'hidden')", name=op.f("ck_suppression_decided_at")
        ),
        sa.CheckConstraint(
            "ground in ('other_person', 'minor', 'unlawful')", name=op.f("ck_suppression_ground")
        ),
        sa.CheckConstraint(
            "state in ('hidden', 'suppressed', 'shown')", name=op.f("ck_suppression_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_suppression_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"], ["user.id"], name=op.f("fk_suppression_hidden_by_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_suppression_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_visit_id", "suppression", ["visit_id"], unique=False)
    op.create_index(
        "uq_suppression_hidden",
        "suppression",
        ["visit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'hidden'"),
        postgresql_where=sa.text("state = 'hidden'"),
    )
    op.create_table(
        "visit_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", models.Document, nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_visit_version_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_version_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_version")),
        sa.UniqueConstraint("visit_id", "number", name=op.f("uq_visit_version_visit_id_number")),
    )
    op.create_index(
        "ix_visit_version_corrected",
        "visit_version",
        ["id"],
        unique=False,
        sqlite_where=sa.text("act in ('correction', 'annulment')"),
        postgresql_where=sa.text("act in ('correction', 'annulment')"),
    )
    op.create_table(
        "incoming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", models.Moment(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_incoming_entity_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_incoming_mail_id")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_incoming_question_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_incoming_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_digest")),
    )
    op.create_index(op.f("ix_incoming_entity_id"), "incoming", ["entity_id"], unique=False)
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
        sa.Column("held_at", models.Moment(), nullable=True),
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
        sa.Column("recorded_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_interest_act_by_id")),
        sa.ForeignKeyConstraint(
            ["decision_maker_id"],
            ["post_holder.id"],
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
    op.create_index(
        "ix_interest_act_newest",
        "interest_act",
        ["held_on", "id"],
        unique=False,
        sqlite_where=sa.text("newest"),
        postgresql_where=sa.text("newest"),
    )
    op.create_index(
        "ix_interest_act_register_id_held_on",
        "interest_act",
        ["register_id", "held_on"],
        unique=False,
    )
    op.create_index(op.f("ix_interest_act_visit_id"), "interest_act", ["visit_id"], unique=False)
    op.create_table(
        "paper_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("has_blanks", sa.Boolean(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("void_at", models.Moment(), nullable=True),
        sa.Column("signed_id", sa.Text(), nullable=True),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(["code"], ["issued_paper.code"], name=op.f("fk_paper_act_code")),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["issued_paper.code"], name=op.f("fk_paper_act_replaced_by")
        ),
        sa.ForeignKeyConstraint(
            ["signed_id"], ["file_use.id"], name=op.f("fk_paper_act_signed_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_act")),
    )
    op.create_index("ix_paper_act_code", "paper_act", ["code"], unique=False)
    op.create_index(
        "ix_paper_act_number",
        "paper_act",
        [sa.literal_column("replace(upper(number), ' ', '')")],
        unique=False,
        sqlite_where=sa.text("number is not null"),
        postgresql_where=sa.text("number is not null"),
    )
    op.create_index(
        "ix_paper_act_signed_id",
        "paper_act",
        ["signed_id"],
        unique=False,
        sqlite_where=sa.text("signed_id is not null"),
        postgresql_where=sa.text("signed_id is not null"),
    )
    op.create_table(
        "reminder",
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
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'mailed', 'answered', 'muted', 'unsubscribed', 'no_address', 'dead_address')",
            name=op.f("ck_reminder_state"),
        ),
        sa.CheckConstraint(
            "(task_id is null) <> (question_id is null)", name=op.f("ck_reminder_about")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reminder_by_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_reminder_mail_id")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_reminder_question_id")
        ),
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
    op.create_index(op.f("ix_reminder_created_at"), "reminder", ["created_at"], unique=False)
    op.create_index(op.f("ix_reminder_mail_id"), "reminder", ["mail_id"], unique=False)
    op.create_index(op.f("ix_reminder_user_id"), "reminder", ["user_id"], unique=False)
    op.create_index(
        "ix_reminder_waiting",
        "reminder",
        ["person"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_reminder_question",
        "reminder",
        ["question_id", "due_on", "rung", "person"],
        unique=True,
        sqlite_where=sa.text("question_id is not null"),
        postgresql_where=sa.text("question_id is not null"),
    )
    op.create_table(
        "visit_subject",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("data", models.Document, nullable=False),
        sa.Column(
            "written_in", sa.BigInteger(), server_default=models.TransactionNumber(), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["visit_version.id"], name=op.f("fk_visit_subject_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_visit_subject")),
    )
    op.create_table(
        "question_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("of_pcm", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("incoming_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_question_message_by_id")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file_use.id"], name=op.f("fk_question_message_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["incoming_id"], ["incoming.id"], name=op.f("fk_question_message_incoming_id")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_message_question_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_message")),
        sa.UniqueConstraint("key", name=op.f("uq_question_message_key")),
    )
    op.create_index(
        "ix_question_message_question_id_id",
        "question_message",
        ["question_id", "id"],
        unique=False,
    )
