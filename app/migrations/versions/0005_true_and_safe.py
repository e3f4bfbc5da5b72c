"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
#: Steps with one document, and the paper that it is: also of files that were replaced since.
ONE_DOCUMENT = {
    "sign_letter": "oficio_reiteracion",
    "sign_certificate": "constancia",
    "report_training": "attendance_lists",
    "train_decision_makers": "attendance_lists",
    "validate_demo_results": "demo_report",
    "register_authority_change": "authority_ground",
    "approve_decision_makers": "decision_makers_approval",
}
#: The way (`app.arrivals`) that the text of an older release tells, by step; the first that fits.
WAYS = (
    ("not_chosen", "schedule_%", "Venció el plazo para subsanar.%"),
    ("correction_lapsed", "%", "Venció el plazo para subsanar.%"),
    ("session_cancelled", "choose_%", "La sesión que elegiste se canceló.%"),
    ("not_attended", "choose_%", "Nadie asistió a la%"),
    ("observed_at_desk", "correct_%", "La mesa de partes observó la presentación:%"),
    ("observed_in_review", "correct_%", "%_"),
    ("not_filed", "file_%", "%_"),
    ("demo_observed", "run_demo_test", "%_"),
    ("training_observed", "report_training", "%_"),
    ("returned", "%", "%_"),
)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    _domains_that_refuse()
    _rucs_wait_for_a_coordinator()
    _name_uploads()
    _ways_of_tasks()
    keep_unsent_forms()


def _domains_that_refuse() -> None:
    op.create_table(
        "mail_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("resumed_at", MOMENT, nullable=True),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_domain")),
    )
    op.create_index("ix_mail_sent_at", "mail", ["sent_at"])


def _rucs_wait_for_a_coordinator() -> None:
    """Add the RUC that waits until a coordinator confirms that two entities share it."""
    # `batch_alter_table` would rebuild the table on SQLite, to which rows of others refer.
    op.add_column(
        "entity",
        sa.Column("ruc_to_confirm", sa.Text(), server_default=sa.text("''"), nullable=False),
    )


def _name_uploads() -> None:
    """Uploaded files know which paper they are; those that are there learn it from their step."""
    empty = sa.text("''")
    op.add_column("file_use", sa.Column("paper", sa.Text(), server_default=empty, nullable=False))
    connection = op.get_bind()
    papers = {
        row.id: ONE_DOCUMENT[row.step]
        for row in connection.execute(
            sa.text(
                "select file_use.id, task.step from file_use join task on task.id ="
                " file_use.task_id where file_use.kind = 'upload'"
            )
        )
        if row.step in ONE_DOCUMENT
    }
    grounds = sa.text(
        "select id from file_use where kind = 'upload' and title = 'Sustento de convalidación'"
    )
    papers |= {row.id: "validation_ground" for row in connection.execute(grounds)}
    # The field `signed_<kind>` that held a file names its paper, and so does a presentation.
    signed = "select pairs from draft where cast(pairs as text) like '%signed_%'"
    for row in connection.execute(sa.text(signed)):
        for name, value in _read(row.pairs):
            if name.startswith("signed_"):
                papers[value] = name.removeprefix("signed_")
    for row in connection.execute(sa.text("select signed from filing")):
        papers |= {file_id: kind for kind, file_id in _read(row.signed).items()}
    update = sa.text("update file_use set paper = :paper where id = :id and kind = 'upload'")
    rows = [{"id": file_id, "paper": paper} for file_id, paper in papers.items()]
    for start in range(0, len(rows), 500):
        connection.execute(update, rows[start : start + 500])


def _read(document: Any) -> Any:
    """A JSON column, which PostgreSQL's driver has read already."""
    return json.loads(document) if isinstance(document, str) else document


def _ways_of_tasks() -> None:
    """Add by which way a task came, and since when its people have it; old reasons name a way."""
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("came_as", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("had_since_on", sa.Date(), nullable=True))
    for way, step, reason in WAYS:
        op.execute(
            sa.text(
                "update task set came_as = :way where came_as = '' and reason like :reason "
                "and step like :step"
            ).bindparams(way=way, step=step, reason=reason)
        )
    op.execute(
        "update task set reason = 'La entidad no eligió una sesión a tiempo. Por eso la programas "
        "tú.' where came_as = 'not_chosen'"
    )


def keep_unsent_forms() -> None:
    """What was posted when a sign-in had ended waits for its person."""
    op.create_table(
        "unsent_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pairs", DOCUMENT, nullable=False),
        sa.Column("with_files", sa.Boolean(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_unsent_form_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent_form")),
        sa.UniqueConstraint("key", name=op.f("uq_unsent_form_key")),
    )
    op.create_index(op.f("ix_unsent_form_user_id"), "unsent_form", ["user_id"])
