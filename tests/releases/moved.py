"""Cases of a frozen installation that moved to another version of the diagrams, and stay there."""

from __future__ import annotations

from app.base.models import Migration
from app.cases import processes
from app.cases.processes import versions
from app.cases.processes.migrating.rehearsals import batches, starting, work
from tests.app.cases.processes.migrated import another_id, days, edit
from tests.app.walk import Walk, texts

#: What the version changes: ids of gateways that cases have passed, a name, a term that is not
#: legal, the day of a follow-up.
CHANGES = (
    another_id("designation.bpmn", "review_designation_result", "designation_was_reviewed"),
    another_id("training.bpmn", "review_training_result", "training_was_reviewed"),
    edit(
        "training.bpmn",
        'name="Programar la capacitación del personal"',
        'name="Programar la capacitación"',
    ),
    days("plan_training", 12),
)
STAGE = "training"


def move_some(walk: Walk) -> int:
    """Put a version into force, move the cases of a stage to it, and return to the code's.

    A proposal to put it into force again waits for a second person. Return how many cases moved.
    """
    changed = dict(texts())
    for change in CHANGES:
        change(changed)
    by_id = walk.people["sip"]
    with walk.writing() as session:
        new = processes.deploy(session, changed, by_id=by_id, reason="Lo pide una norma inventada")
        migration = starting.start(session, new, by_id).id
    engine = walk.app.extensions["engine"]
    with walk.app.app_context():
        work.run(engine)
    with walk.writing() as session:
        row = session.get_one(Migration, migration)
        chosen = batches.Filter(stage=STAGE)
        count = batches.count(session, migration, chosen)
        batches.propose(session, row, chosen, count, by_id, two=False)
    with walk.app.app_context():
        work.run(engine)
    with walk.writing() as session:
        processes.deploy(session)
        versions.propose(session, new.id, reason="Otra norma inventada", actor_id=by_id)
    return count
