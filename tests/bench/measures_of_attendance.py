"""The attendance of a session: one list answers the step of each entity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import BatchRow, Task, User
from app.onboarding import batches
from app.onboarding.batches import doing
from app.people import access
from tests.bench.figures import Figure, timed
from tests.bench.measures_of_answers import waiting

if TYPE_CHECKING:
    from tests.bench.bench import Bench

ENTITIES, RUNS = 40, 4
STEPS = ("record_thematic_induction", "record_technical_induction")


def attendance_of_40(bench: Bench) -> Figure:
    """Measure the attendance of 40 entities: the list is frozen with its dry run and confirmed, and
    the step of each entity is answered in a transaction; in seconds.
    """
    rows = waiting(bench, STEPS[:1], RUNS * ENTITIES)
    ids = [task_id for task_id, _, _ in rows]
    if len(ids) < RUNS * ENTITIES:
        raise LookupError(f"the filled database has {len(ids)} open steps of {STEPS[0]}")
    samples = []
    with bench.app.app_context():
        for start in range(0, len(ids), ENTITIES):
            some = ids[start : start + ENTITIES]
            samples.append(timed(partial(record, bench, some)) / 1000)
    return Figure.of("attendance_of_40", bench.database, samples, "s")


def record(bench: Bench, task_ids: list[int]) -> None:
    """Record that everybody attended, as the page does."""
    with bench.session(writes=True) as session:
        user = coordinator(session)
        tasks = session.scalars(select(Task).where(Task.id.in_(task_ids))).all()
        answers = [
            (
                task.entity,
                {
                    "task": task.id,
                    "administrator": "attended",
                    "alternate": "attended",
                    "others": [],
                    "note": "",
                },
            )
            for task in tasks
        ]
        data = {"session": 0, "held": calendar.now().isoformat()}
        dry_run = batches.check_rows(session, batches.ATTENDANCE, answers, user.id, data)
        batch = batches.store(session, dry_run)
        batches.confirm(session, batch.id, doing.to_do(session, batch), user.id)
        session.commit()
        number = batch.id
    doing.work(bench.engine, number)
    with bench.session() as session:
        done = select(func.count()).where(BatchRow.batch_id == number, BatchRow.result == "done")
        if (session.scalar(done) or 0) < len(task_ids):
            raise LookupError("some rows of the list were not done")


def coordinator(session: Session) -> User:
    """Return a coordinator of the SIP."""
    return access.holders(session, "sip", None)[0]
