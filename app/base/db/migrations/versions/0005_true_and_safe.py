"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.base import calendar
from app.base.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
MOMENT = models.Moment(timezone=True)
#: The way (`app.cases.arrivals`) by the text of an older release and the step; the first match.
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
#: Steps with one document, and the paper that it is: also of files that were replaced since.
ONE_DOCUMENT = {
    "sign_letter": "oficio_reiteracion",
    "sign_certificate": "constancia",
    "report_training": "attendance_lists",
    "train_decision_makers": "decision_makers_lists",
    "validate_demo_results": "demo_report",
    "register_authority_change": "authority_ground",
    "approve_decision_makers": "decision_makers_approval",
}
#: The rule of Directiva 003-2026-PCM/SIP as it was seeded, and its day as known now.
SEEDED = {"name": "late_entry", "from_on": "2026-07-01", "norm": "Directiva 003-2026-PCM/SIP"}
APPROVED_ON = "2026-07-23"
SOURCE = "Fecha de la resolución que la aprueba, según fuentes secundarias: falta leer la norma."
RULE = sa.table(
    "dated_rule",
    *(sa.column(name, sa.Text) for name in ("name", "norm", "source")),
    sa.column("id", sa.Integer),
    sa.column("from_on", sa.Date),
    sa.column("second_hand", sa.Boolean),
    sa.column("by_id", sa.Integer),
)
CORRECTED = sa.table(
    "corrected_rule",
    sa.column("rule_id", sa.Integer),
    sa.column("from_on", sa.Date),
    *(sa.column(name, sa.Text) for name in ("norm", "source")),
    sa.column("second_hand", sa.Boolean),
    sa.column("until_at", MOMENT),
)
LOG = sa.table(
    "log",
    sa.column("at", MOMENT),
    sa.column("kind", sa.Text),
    sa.column("data", DOCUMENT),
)


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    _domains_that_refuse()
    _rucs_wait_for_a_coordinator()
    _name_uploads()
    _ways_of_tasks()
    keep_unsent_forms()
    _correct_rules()
    _keep_duties_separate()
    _notices_are_acknowledged()
    _check_stored_files()


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
    """Add to uploaded files which paper they are; existing files take it from their step."""
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
    """Return the value of a JSON column, which PostgreSQL's driver has already parsed."""
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
    """Add the table of forms that were posted after a sign-in had ended, kept for their person."""
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


def _correct_rules() -> None:
    """Add the source of each rule, and a table of what rules said before their correction."""
    empty, no = sa.text("''"), sa.false()
    for column in (
        sa.Column("source", sa.Text(), server_default=empty, nullable=False),
        sa.Column("second_hand", sa.Boolean(), server_default=no, nullable=False),
    ):
        op.add_column("dated_rule", column)
    op.create_table(
        "corrected_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("second_hand", sa.Boolean(), nullable=False),
        sa.Column("until_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["dated_rule.id"], name=op.f("fk_corrected_rule_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrected_rule")),
    )
    op.create_index(op.f("ix_corrected_rule_rule_id"), "corrected_rule", ["rule_id"])
    _date_the_directive(op.get_bind())


def _date_the_directive(connection: sa.Connection) -> None:
    """Set the seeded rule's day to the day of its resolution, unless a user has changed it."""
    old, new = date.fromisoformat(SEEDED["from_on"]), date.fromisoformat(APPROVED_ON)
    of_rule = RULE.c.name == SEEDED["name"]
    taken = sa.select(RULE.c.id).where(of_rule, RULE.c.from_on == new)
    found = sa.select(RULE.c.id).where(
        of_rule, RULE.c.from_on == old, RULE.c.norm == SEEDED["norm"], RULE.c.by_id.is_(None)
    )
    rule_id = connection.scalar(found)
    if rule_id is None or connection.scalar(taken) is not None:
        return
    changed = {"from_on": new, "source": SOURCE, "second_hand": True}
    connection.execute(sa.update(RULE).where(RULE.c.id == rule_id).values(changed))
    if connection.scalar(sa.text("select count(*) from visit")) == 0:
        return  # nothing was judged by the day that was seeded
    now = calendar.now()
    before = {"rule_id": rule_id, "from_on": old, "norm": SEEDED["norm"], "source": ""}
    connection.execute(
        sa.insert(CORRECTED).values(before | {"second_hand": False, "until_at": now})
    )
    data = {
        "rule": SEEDED["name"],
        "changed": {
            "from_on": [SEEDED["from_on"], APPROVED_ON],
            "source": ["", SOURCE],
            "second_hand": [False, True],
        },
        "reason": "La resolución que aprueba la directiva es del 23 de julio de 2026.",
    }
    connection.execute(sa.insert(LOG).values(at=now, kind="rule.corrected", data=data))


def _keep_duties_separate() -> None:
    """Add permissions to decide in spite of a bar, and what makes bars quick to find."""
    op.create_table(
        "allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_allowance_task_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_allowance_user_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_allowance_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance")),
        sa.UniqueConstraint("task_id", "user_id", name=op.f("uq_allowance_task_id_user_id")),
    )
    op.create_index(op.f("ix_allowance_at"), "allowance", ["at"])
    op.create_index("ix_draft_saved_by_id_task_id", "draft", ["saved_by_id", "task_id"])
    op.create_index(
        "ix_personnel_row_record_id_document_number",
        "personnel_row",
        ["record_id", "document_number"],
    )


def _notices_are_acknowledged() -> None:
    """Add what starts a legal term: the receipt of the mail, and how it was notified.

    A term that has a date keeps it: all its new columns stay empty.
    """
    how = sa.Column("notified_how", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("task", how)
    for name in ("notice_at", "notice_sent_at", "paper_at", "paper_since_at"):
        op.add_column("task", sa.Column(name, MOMENT, nullable=True))
    waits = sa.text("state = 'open' and notice_at is not null and notified_at is null")
    op.create_index(
        "ix_task_not_notified", "task", ["notice_at"], sqlite_where=waits, postgresql_where=waits
    )
    of_task = sa.text("task_id is not null")
    op.create_index(
        "ix_mail_task_id", "mail", ["task_id"], sqlite_where=of_task, postgresql_where=of_task
    )


def _check_stored_files() -> None:
    """Add when a stored file was last compared with its hash, and the damage found."""
    op.add_column("stored_file", sa.Column("checked_at", MOMENT, nullable=True))
    op.add_column(
        "stored_file",
        sa.Column("damage", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
