"""Visits of the demo's entities: the script of the demo test, and the days of their register.

All are recorded as a desk records them, each at its moment; the people are invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import writing
from app.base.models import PostHolder, Register, RegisterEvent, Visit
from app.cases.case import Case
from app.cases.records import evidence
from app.ops.demo import interests, side_processes
from app.ops.demo.agenda import Agenda
from app.people import access
from app.register.facts.values import Entry, Visitor
from app.register.registers import empty_days, environments
from app.register.registers.last_days import held_on
from app.register.visits import demo_script, recording
from forms.fields.people import GIVEN, SURNAMES

#: Time between two visits of the script, and how long each stays.
PAUSE, STAY = timedelta(minutes=20), timedelta(minutes=14)
#: Number of visits of a complete test, and of one that is only begun.
WHOLE, BEGUN = len(demo_script.LINES), 3
OPENS, CLOSES, EVENING = time(8, 30), time(16, 30), time(17, 30)
#: Approximate number of days of a register on which the demo records.
BUSY_DAYS = 25

#: Category → motives of visits.
MOTIVES = {
    "work": ("Coordinación de un convenio", "Seguimiento de una obra", "Comité de seguridad"),
    "services": ("Entrega de útiles de escritorio", "Mantenimiento de equipos"),
    "interests": ("Pide cambiar una ordenanza", "Propone una concesión", "Pide una licencia"),
    "other": ("Entrevista para una tesis", "Visita protocolar"),
}
WEIGHTS = {"work": 5, "services": 2, "interests": 1, "other": 2}
REPRESENTED: tuple[tuple[str, str, str], ...] = (
    demo_script.SELF,
    demo_script.SELF,
    demo_script.TOWN,
    demo_script.TOOLS,
    demo_script.GUILD,
)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the clock to another moment, so that what is recorded then has that moment."""
    before = calendar.use_clock(lambda: moment)
    try:
        yield
    finally:
        calendar.use_clock(before)


def recorders(session: Session, entity_id: int) -> list[int]:
    """Return ids of those who record: operators, then those responsible for the register."""
    found = [
        user.id
        for role in ("operator", "administrator", "alternate")
        for user in access.holders(session, role, entity_id)
    ]
    return list(dict.fromkeys(found))


# The demo test --------------------------------------------------------------------------------


def record_script(
    session: Session, register: Register, people: Sequence[int], most: int = WHOLE
) -> None:
    """Record the visits of the script up to now; existing ones stay.

    If `whole`, also do the rest of the script; otherwise the visits are of one operator only.
    """
    whole = most == WHOLE
    there = {
        tick.line.number for tick in demo_script.progress(session, register).ticks if tick.visit
    }
    begins = calendar.now() - PAUSE * (WHOLE + 1)
    for line in demo_script.LINES[:most]:
        if line.number in there:
            continue
        by = people[1 % len(people)] if line.task == "second" else people[0]
        begins += PAUSE
        with at(begins):
            visit = _enter(session, register, line, by)
        with at(begins + STAY):
            if visit.exit_at is None:
                recording.leave(session, visit, actor_id=by)
            if line.task == "correct":
                _correct(session, visit, line, by)
    if whole:
        for kind in ("search", "download"):
            note_event(session, register, kind, people[0])


def _enter(session: Session, register: Register, line: demo_script.Line, by: int) -> Visit:
    now = calendar.now()
    entry_at, exit_at = now, None
    if line.task == "late":
        entry_at = calendar.at_hour(calendar.today() - timedelta(days=1), time(10))
        if not officials_on(session, register, calendar.lima_day(entry_at)):
            entry_at = now - timedelta(minutes=15)  # the register was not open yesterday
        exit_at = entry_at + STAY
    official = officials_on(session, register, calendar.lima_day(entry_at))[0]
    entry = Entry(
        visitor=line.visitor,
        official_id=official.id,
        category="other" if line.task == "correct" else line.category,
        motive=line.motive,
        site=official.site,
        place="Oficina 201",
        entry_at=entry_at,
        exit_at=exit_at,
        observation="late" if line.task == "late" else "",
    )
    submission = f"script-{line.number}"
    [visit] = recording.enter(session, register, [entry], submission=submission, actor_id=by)
    return visit


def _correct(session: Session, visit: Visit, line: demo_script.Line, by: int) -> None:
    reason = "La categoría era otra."
    recording.correct(
        session, visit, reason=reason, actor_id=by, seen=visit.versions, category=line.category
    )


def note_event(session: Session, register: Register, kind: str, by: int) -> None:
    """Record that a person searched or downloaded in the demo."""
    now = calendar.now()
    session.add(RegisterEvent(register_id=register.id, kind=kind, at=now, by_id=by))
    session.flush()


def officials_on(session: Session, register: Register, day: date) -> list[PostHolder]:
    """Return the officials who can be visited on a day, decision-makers first."""
    there = select(PostHolder).where(held_on(session, register, day))
    return list(session.scalars(there.order_by(PostHolder.profile, PostHolder.id)))


def begin_test(session: Session, entity_id: int, most: int = WHOLE) -> None:
    """Simulate the entity's people as they try its demo register, as far as they get."""
    register = environments.find(session, entity_id, "demo")
    people = recorders(session, entity_id)
    if register is not None and people:
        record_script(session, register, people, most)


# A register that is live ----------------------------------------------------------------------


def plan_days(
    agenda: Agenda, engine: Engine, entity_id: int, random: Random, ends: datetime
) -> None:
    """Plan the days of a register that goes live now: some dozens of visits up to the end."""
    first, last = calendar.today(), calendar.lima_day(ends)
    days = [
        day
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        if day.weekday() < 5
    ]
    share = min(1.0, BUSY_DAYS / max(1, len(days)))
    for day in days:
        if day != last and random.random() > share:
            continue
        count = 0 if first < day < last and random.random() < 1 / 12 else random.randint(1, 3)
        inside = 0 if day < last else 2
        moment = min(calendar.at_hour(day, EVENING), ends)
        agenda.plan(moment, partial(_live, engine, entity_id, random, count + inside, inside))


def _live(engine: Engine, entity_id: int, random: Random, count: int, inside: int) -> None:
    with writing(engine) as session:
        record_day(session, entity_id, random, count, still_inside=inside)


def record_day(
    session: Session, entity_id: int, random: Random, count: int, *, still_inside: int = 0
) -> None:
    """Record a day of an entity's register up to now; the last visitors have not left yet. A day
    with no visits is declared as such."""
    register = environments.find(session, entity_id, "production")
    people = recorders(session, entity_id)
    now, today = calendar.now(), calendar.today()
    officials = officials_on(session, register, today) if register else []
    if register is None or not people or not officials:
        return
    if count == 0:
        empty_days.declare(session, register, today, people[0])
        return
    begins = min(calendar.at_hour(today, OPENS), now - timedelta(hours=2))
    span = (min(now, calendar.at_hour(today, CLOSES)) - begins) * 0.9
    moments = sorted(begins + span * random.random() for _ in range(count))
    for place, moment in enumerate(moments):
        by = random.choice(people[:2])
        entry = _visit(random, random.choice(officials), moment)
        submission = f"day-{random.getrandbits(48):x}"
        with at(moment):
            [visit] = recording.enter(
                session, register, [entry], submission=submission, actor_id=by
            )
            interests.record_act(session, register, visit, by)
        if place < count - still_inside:
            _leave(session, visit, random, now, by)
    if still_inside:
        interests.expect(session, register, officials[0], people[0])
        side_processes.happen(session, register, officials[0], people[0], random)


def _leave(session: Session, visit: Visit, random: Random, now: datetime, by: int) -> None:
    """Record the exits; one in twelve was not seen."""
    stayed = timedelta(minutes=random.randint(5, 70))
    if random.random() < 1 / 12:
        recording.leave_unknown(session, visit, actor_id=by)
        return
    with at(min(now, (visit.entry_at or now) + stayed)):
        recording.leave(session, visit, actor_id=by)


def _visit(random: Random, official: PostHolder, moment: datetime) -> Entry:
    """Return an entry. There are as many people as numbers, so that some visit again."""
    number = random.randint(1000, 1399)
    person = Random(number)  # noqa: S311 - the same number is the same person
    name = f"{person.choice(SURNAMES)} {person.choice(GIVEN)} Persona"
    category = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    return Entry(
        visitor=Visitor(name, "DNI", f"0000{number}", *person.choice(REPRESENTED)),
        official_id=official.id,
        category=category,
        motive=random.choice(MOTIVES[category]),
        site=official.site,
        place=f"Oficina {random.randint(1, 4)}0{random.randint(1, 9)}",
        entry_at=moment,
    )


def publish_first(case: Case, random: Random) -> None:
    """Record the evidence that an entity is live: visits of today, if it published none since."""
    if not evidence.read_published(case):
        record_day(case.session, case.entity.id, random, 2)
