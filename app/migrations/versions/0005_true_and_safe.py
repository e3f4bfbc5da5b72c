"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app import calendar
from app.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = models.Moment(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSON(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    _name_uploads()
    _correct_rules()


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


#: The rule of Directiva 003-2026-PCM/SIP as it was seeded, and what is known of its day by now.
SEEDED = {"name": "late_entry", "from_on": "2026-07-01", "norm": "Directiva 003-2026-PCM/SIP"}
APPROVED_ON = "2026-07-23"
SOURCE = "Fecha de la resolución que la aprueba, según fuentes secundarias: falta leer la norma."


def _correct_rules() -> None:
    """Rules say where they were read, and keep what they said until they were corrected."""
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


def _date_the_directive(connection: sa.Connection) -> None:
    """Give the seeded rule the day of its resolution, where nobody has touched it."""
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


def _read(document: Any) -> Any:
    """A JSON column, which PostgreSQL's driver has read already."""
    return json.loads(document) if isinstance(document, str) else document
