"""A town of seven entities at different steps, for the tests of what is foreseen."""

from __future__ import annotations

from datetime import date, time, timedelta
from random import Random

from sqlalchemy import select

from app.base import calendar
from app.base.models import Address, NonWorkingDay, Task, User
from app.cases import reminders
from app.cases.reminders import holds
from app.people import access
from tests.app import cast
from tests.app.cases.reminders.reminded import MONDAY, TUESDAY, WEDNESDAY, Days

STAGES = ("designation", "demo_test", "interest_acts", "production")


def people_of(days: Days, random: Random, number: int) -> None:
    """Give an entity its people: all, some, or none yet."""
    code, parts = f"E9001{number}", ["preparer", "administrator", "alternate", "authority"]
    with days.writing() as session:
        place = cast.entity(session, code, department=random.choice(["Lima", "Áncash"]))
        if number > 0:
            for at, role in enumerate(random.sample(parts, random.randint(2, 4))):
                user = cast.person(session, f"4200{number}{at}00", role, place)
                user.email = f"{code}.{role}@example.pe".lower()
                user.wants_digest = random.random() > 0.1
                if random.random() < 0.1:
                    user.email = ""
                elif random.random() < 0.1:
                    session.add(Address(address=user.email, dead_at=calendar.now()))
        if random.random() < 0.5:
            place.sip_coordinator_id = days.people["sip"]


def due_somewhere(days: Days, random: Random) -> None:
    """Give every open task a due date within days; some are taken by a user, one is new."""
    with days.writing() as session:
        for task in session.scalars(select(Task).where(Task.state == "open").order_by(Task.id)):
            working = calendar.calendar_of(session, task.entity)
            left = random.randint(-14, 7)
            day = working.on_or_after(MONDAY)
            while working.between(MONDAY, day) != left:
                day += timedelta(days=1 if left > 0 else -1)
            task.due_at = calendar.end_of(day)
            if random.random() < 0.8:
                task.opened_at = calendar.at_hour(date(2025, 12, 1), time(10))
                task.reminded_on = MONDAY - timedelta(days=random.choice([1, 3, 6]))
            task.next_reminder_at = calendar.now()
            able = [
                user
                for role in sorted(access.ANSWERS[task.role])
                for user in access.holders(
                    session, role, None if role in access.PCM_ROLES else task.entity
                )
            ]
            if able and random.random() < 0.3:
                task.assignee_id = random.choice(able).id


def town(days: Days, seed: int) -> None:
    """Return seven entities at different steps, some held, muted, moved or without people."""
    random = Random(seed)
    days.person("40000024", "sip")
    days.at(date(2026, 2, 27), time(9))
    days.file()
    with days.writing() as session:
        session.add(NonWorkingDay(on=WEDNESDAY, scope="region", place="Áncash", norm="DR 1"))
    for number in range(7):
        people_of(days, random, number)
        code = f"E9001{number}"
        stage = "designation" if number == 0 else random.choice(STAGES)
        if stage == "designation":
            days.begin(code=code)
        else:
            days.begin_at(stage, code)
    due_somewhere(days, random)
    with days.writing() as session:
        by = days.people["sip"]
        for scope, value, until_on in (
            ("entity", f"E9001{random.randint(1, 6)}", TUESDAY),
            ("day", "2026-03-05", None),
            ("stage", random.choice(STAGES), MONDAY),
        ):
            holds.hold(session, scope, value, until_on=until_on, reason="Una prueba", by_id=by)
        others = select(User).where(User.id != by).order_by(User.id)
        for user in random.sample(session.scalars(others).all(), 2):
            holds.mute(session, f"u{user.id}", reason="Una prueba", by_id=by)
        tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id)).all()
        for task in random.sample(tasks, 3):
            reminders.announce_moved(session, task, date(2026, 2, 20))
        someone_is_away(session, days)
    days.at(MONDAY, time(7))


def someone_is_away(session, days: Days) -> None:
    """Record the absence of the walk's administrator on Tuesday and Wednesday."""
    away, here = (days.user(session, one) for one in ("administrator", "alternate"))
    access.absences.note(session, away, here, TUESDAY, WEDNESDAY, days.people["administrator"])


def open_tasks(days: Days) -> set[int]:
    return set(days.all(select(Task.id).where(Task.state == "open")))
