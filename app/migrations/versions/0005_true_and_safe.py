"""Release 0.4.0: notices that are acknowledged, and what else became true and safe"""

import sqlalchemy as sa
from alembic import op

from app.models import base as models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

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

MOMENT = models.Moment(timezone=True)


def upgrade() -> None:
    """Apply one function per change, in the order of this list."""
    _ways_of_tasks()


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
