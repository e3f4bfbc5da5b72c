"""Release 0.6.0: subscriptions of citizens, and the indexes that find what they follow"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
#: Index -> table, columns, condition.
INDEXES = {
    "ix_visit_represented": ("visit", ["visitor_entity_ruc", "rank"], "visitor_entity_ruc <> ''"),
    "ix_visit_version_at": ("visit_version", ["at"], None),
    "ix_visit_version_corrected": (
        "visit_version",
        ["id"],
        "act in ('correction', 'annulment')",
    ),
    "ix_mail_to_subscriber": (
        "mail",
        ["to"],
        "kind in ('subscription_confirm', 'subscription_news')",
    ),
}


def upgrade() -> None:
    """Add two tables and four indexes; the release before runs on them unchanged."""
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("sealed_address", sa.Text(), nullable=False),
        sa.Column("leave_token", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("mailed_until_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscriber_address_key")),
        sa.UniqueConstraint("handle", name=op.f("uq_subscriber_handle")),
        sa.UniqueConstraint("leave_token", name=op.f("uq_subscriber_leave_token")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("roster_hash", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "kind in ('entidad', 'cargo', 'representado', 'correcciones')",
            name=op.f("ck_subscription_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_subscription_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "subscriber_id",
            "kind",
            "subject",
            name=op.f("uq_subscription_subscriber_id_kind_subject"),
        ),
    )
    op.create_index(op.f("ix_subscription_secret_hash"), "subscription", ["secret_hash"])
    for name, (table, columns, condition) in INDEXES.items():
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
