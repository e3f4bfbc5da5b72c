"""The drill's database: entities at every step, due before, during and after the drill."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.models import Entity, Mail, ProcessInstance, Reminder, User
from app.cases import custody
from app.cases.processes import projection
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates
from app.ops import setup
from app.people import access
from tests.bench import filled
from tests.bench.copies import Prototype, copy_one, invent_person
from tests.databases import settings_of

#: The two weeks of Peru's national holidays: 23 July is one, 27 July is decreed.
BEGINS_ON = date(2026, 7, 13)
COORDINATORS = {"sip": 8, "sgtd": 4}
#: Working days to the due date at the beginning, negative when late.
DUE = (-30, 20)


def begins_at() -> datetime:
    """Return the start of the drill: before the first hour of sending of its first day."""
    return calendar.at_hour(BEGINS_ON, time(7))


def fill(url: str, data: Path, secret: str, entities: int, seed: int) -> None:
    """Fill a migrated database with entities under way."""
    app = create_app({**settings_of(url), "DATA": data, "SECRET_KEY": secret})
    calendar.use_clock(lambda: begins_at() - timedelta(days=3))
    setup.prepare(app)
    with app.app_context():
        prototypes = filled.run_prototypes(app, BEGINS_ON - timedelta(days=90))
        calendar.use_clock(partial(begins_at))
        with db.writing(app) as session:
            coordinators = appoint(session)
            read = [Prototype.read(session, one) for one in prototypes]
            for number in range(len(read), entities):
                copy_one(session, read[number % len(read)], number)
            session.execute(delete(Reminder))
            session.execute(delete(Mail))
            for place, entity in enumerate(session.scalars(select(Entity).order_by(Entity.id))):
                for role, people in coordinators.items():
                    setattr(entity, f"{role}_coordinator_id", people[place % len(people)].id)
        spread(app, Random(seed))
    app.extensions["engine"].dispose()


def appoint(session: Session) -> dict[str, list[User]]:
    """Create the few coordinators of the PCM."""
    appointed: dict[str, list[User]] = {}
    number = 900_000
    for role, count in COORDINATORS.items():
        appointed[role] = []
        for _ in range(count):
            number += 1
            person = invent_person(session, number)
            access.grant(session, person, role, None, None)
            appointed[role].append(person)
    return appointed


def spread(app: Flask, random: Random) -> None:
    """Move the dates of each case, so that some are due every day; timers and clocks move too."""
    with db.writing(app) as session:
        ids = session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.ended_at.is_(None))
        ).all()
    for place in range(0, len(ids), 100):
        with db.writing(app) as session:
            for instance_id in ids[place : place + 100]:
                move(session, instance_id, random)
        with db.writing(app) as session:
            for instance_id in ids[place : place + 100]:
                custody.rebuild(session, session.get_one(ProcessInstance, instance_id))


def move(session: Session, instance_id: int, random: Random) -> None:
    """Give a case's open tasks a due date within DUE, and postpone its timers."""
    act = Act.hold(session, instance_id, None)
    today = calendar.today()
    for task in due_dates.open_tasks(act):
        if task.term_days is None or task.due_kind == "legal":
            continue
        ago = task.term_days - random.randint(*DUE)
        task.counted_on = working_days_before(act, today, max(ago, 1))
        due_dates.set_due_date(act, task)
        due_dates.move_timers(act, task)
        # Past reminders were sent before the drill.
        task.reminded_on = today - timedelta(days=1)
    for timer in act.engine.waiting():
        if not timer.host:
            at = begins_at() + timedelta(days=random.uniform(1, 60))
            act.engine.reschedule(timer.element, at)
    projection.save(act)


def working_days_before(act: Act, day: date, count: int) -> date:
    """Return the day that is `count` working days before `day`."""
    working = act.case.calendar
    earlier = day - timedelta(days=count)
    while working.between(earlier, day) < count:
        earlier -= timedelta(days=1)
    return earlier
