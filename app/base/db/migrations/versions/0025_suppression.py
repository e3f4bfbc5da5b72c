"""Reviews of visits' personal data, requests of persons, removed files"""

import sqlalchemy as sa
from alembic import op

from app.base.models import base as models

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
HIDDEN = sa.text("state = 'hidden'")


def upgrade() -> None:
    """Add the tables."""
    add_reviews()
    add_requests()
    op.add_column("stored_file", sa.Column("removed_at", MOMENT, nullable=True))


def add_reviews() -> None:
    """Add the reviews of visits."""
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("hidden_at", MOMENT, nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("fields", models.Document, nullable=False),
        sa.CheckConstraint(
            "state in ('hidden', 'suppressed', 'shown')", name=op.f("ck_suppression_state")
        ),
        sa.CheckConstraint(
            "ground in ('other_person', 'minor', 'unlawful')", name=op.f("ck_suppression_ground")
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (state = 'hidden')", name=op.f("ck_suppression_decided_at")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_suppression_visit_id")),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"], ["user.id"], name=op.f("fk_suppression_hidden_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_suppression_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_visit_id", "suppression", ["visit_id"])
    op.create_index(
        "uq_suppression_hidden",
        "suppression",
        ["visit_id"],
        unique=True,
        sqlite_where=HIDDEN,
        postgresql_where=HIDDEN,
    )


def add_requests() -> None:
    """Add the requests of persons about their data."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", big, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "name", "email")),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("for_minor", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('information', 'access', 'rectification', 'suppression')",
            name=op.f("ck_rights_request_kind"),
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'granted', 'refused')", name=op.f("ck_rights_request_state")
        ),
        sa.CheckConstraint(
            "(answered_at is null) = (state = 'waiting')",
            name=op.f("ck_rights_request_answered_at"),
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_rights_request_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_rights_request_visit_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_rights_request_answered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    op.create_index(
        "ix_rights_request_register_id_due_at", "rights_request", ["register_id", "due_at"]
    )
