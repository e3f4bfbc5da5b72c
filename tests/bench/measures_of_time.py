"""The measures of waiting: due dates, and a tick among twenty thousand waiting instances."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text

from app.base import calendar
from app.base.models import Deployment, Entity, ProcessInstance, Task
from app.cases import processes
from tests.bench import filled
from tests.bench.copies import invent
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

WAITING = 20_000
TICKS = 200
DATES = 2_000
KINDS = ("onboarding", "redesignation", "change_authority", "upkeep")
#: Entities in addition to those of the filling, since each has at most one waiting instance of each
#: kind.
MORE = 2_000


def due_date(bench: Bench) -> Figure:
    """Measure the due date of a task from its stored term and its entity's calendar."""
    with bench.session() as session:
        tasks = session.scalars(
            select(Task).where(Task.term_days.is_not(None)).order_by(Task.id).limit(DATES)
        ).all()
        entities = {e.id: e for e in session.scalars(select(Entity))}
        samples = [
            timed(
                lambda task=task: calendar.due_at(  # type: ignore[misc]
                    task, calendar.calendar_of(session, entities[task.entity_id])
                )
            )
            for task in tasks
        ]
    return Figure.of("due_date", bench.database, samples, "ms")


def idle_tick_20000(bench: Bench) -> Figure:
    """Measure a tick while twenty thousand instances wait and nothing is due.

    Raises LookupError if fewer wait or something is due.
    """
    later = calendar.now() + timedelta(days=30)
    with bench.session(writes=True) as session:
        for number in range(MORE):
            invent(session, filled.INVENTED + number)
        there = set(
            session.execute(
                select(ProcessInstance.entity_id, ProcessInstance.process).where(
                    ProcessInstance.ended_at.is_(None)
                )
            ).tuples()
        )
        deployment = session.scalars(select(Deployment.id)).first()
        missing = [
            {"entity_id": entity, "process": kind}
            for entity in session.scalars(select(Entity.id))
            for kind in KINDS
            if (entity, kind) not in there
        ]
        common = {"deployment_id": deployment, "state": b"", "revision": 1, "started_at": later}
        rows = [common | row for row in missing[: WAITING - len(there)]]
        session.execute(insert(ProcessInstance), rows)
        session.execute(text("update process_instance set wake_at = :at"), {"at": later})
        session.commit()
        waiting = len(there) + len(rows)
    if waiting < WAITING:
        raise LookupError(f"only {waiting} instances wait")
    with bench.app.app_context():
        samples = [timed(lambda: processes.tick(bench.engine)) for _ in range(TICKS)]
        with bench.statements() as sent:
            processes.tick(bench.engine)
    return Figure.of(
        "idle_tick_20000", bench.database, samples[TICKS // 10 :], "ms", statements=len(sent)
    )
