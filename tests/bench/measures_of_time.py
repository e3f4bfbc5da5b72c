"""Measures of time: ticks, and runs of the reminders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta

from sqlalchemy import delete, func, insert, select, text, update

from app.base import calendar
from app.base.models import Deployment, Entity, Mail, ProcessInstance, Reminder, Task
from app.cases import processes, reminders
from tests.bench import filled
from tests.bench.bench import Bench
from tests.bench.copies import invent
from tests.bench.figures import Figure, timed

WAITING = 20_000
TICKS = 200
KINDS = ("onboarding", "redesignation", "change_authority", "upkeep")
#: Entities in addition to those of the filling, since each has at most one waiting instance of each
#: kind.
MORE = 2_000


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
    counted = samples[TICKS // 10 :]
    return Figure.of("idle_tick_20000", bench.database, counted, "ms", statements=len(sent))


ENTITIES = 2_125
RUNS = 5
#: Working days left of the due steps: every kind of rung and recipient.
LEFT = (2, 0, -1, -3, -5, -10)


def reminder_run_10x(bench: Bench) -> Figure:
    """Measure runs with nearly all entities due, each from the same initial state; in seconds."""
    due = ENTITIES // 10 * 10
    with standing_clock(), bench.app.app_context():
        samples, statements = [], 0
        for _ in range(RUNS):
            prepare(bench, due)
            with bench.statements() as sent:
                samples.append(timed(lambda: remind_and_render(bench)) / 1000)
            statements = len([one for one in sent if not one.startswith("BEGIN")])
            must_have_reminded(bench, due)
    return Figure.of("reminder_run_10x", bench.database, samples, "s", statements=statements)


@contextmanager
def standing_clock() -> Iterator[None]:
    """Set the clock to ten on a working day."""
    day = calendar.Calendar().on_or_after(calendar.today() + timedelta(days=1))
    moment = calendar.at_hour(day, time(10))
    before = calendar.use_clock(lambda: moment)
    try:
        yield
    finally:
        calendar.use_clock(before)


def prepare(bench: Bench, due: int) -> None:
    """Reset the reminders; make a step due for `due` entities, and nothing for the others."""
    today = calendar.today()
    with bench.session(writes=True) as session:
        session.execute(delete(Reminder))
        session.execute(delete(Mail).where(Mail.digest_on.is_not(None)))
        session.execute(update(Task).values(next_reminder_at=None, due_at=calendar.end_of(today)))
        first_of_each = (
            select(func.min(Task.id))
            .join(Task.instance)
            .where(Task.state == "open", ProcessInstance.status == "running")
            .group_by(Task.entity_id)
            .order_by(Task.entity_id)
            .limit(ENTITIES)
        )
        ids = session.scalars(first_of_each).all()
        if len(ids) < due:
            raise LookupError(f"only {len(ids)} entities have a step to be done")
        for place, left in enumerate(LEFT):
            session.execute(
                update(Task)
                .where(Task.id.in_(ids[place : due : len(LEFT)]))
                .values(
                    due_at=calendar.end_of(day_with(left)),
                    opened_at=calendar.midnight(today - timedelta(days=60)),
                    reminded_on=today - timedelta(days=1),
                    next_reminder_at=calendar.now(),
                )
            )
        session.commit()


def day_with(left: int) -> date:
    """Return the due date that is `left` working days from now."""
    working, today = calendar.Calendar(), calendar.today()
    day = today
    while working.between(today, day) != left:
        day += timedelta(days=1 if left > 0 else -1)
    return day


def remind_and_render(bench: Bench) -> None:
    """Run the job, and render the HTML of each of its mails as it would be sent."""
    reminders.run(bench.engine)
    with bench.session() as session:
        for mail in session.scalars(select(Mail).where(Mail.digest_on.is_not(None))):
            if not reminders.html(session, mail):
                raise LookupError(f"mail {mail.id} has no HTML")


def must_have_reminded(bench: Bench, due: int) -> None:
    """Check that each due step is in a mail, or that its people have no address.

    Raises LookupError.
    """
    with bench.session() as session:
        reminded = session.scalar(select(func.count(func.distinct(Reminder.task_id))))
        waiting = session.scalar(select(func.count()).where(Reminder.state == "waiting"))
    if reminded is None or reminded < due or waiting:
        raise LookupError(f"{reminded} of {due} steps are in the ledger, {waiting} rows wait")
