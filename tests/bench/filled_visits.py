"""A filled register: a million visits over 300 invented entities, for the measures of visits alone.

Visits of two years of working days that end on `LAST`; the number of a visit gives its facts.
`BENCH_VISITS` sets another number of visits. Above `COPIED`, no run works on a copy, because
the disk may be too small: then only reading is measured, on PostgreSQL.
"""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.formatting import plain
from app.base.models import Entity, PostHolder, Register, Site
from app.ops import setup, trial_people
from app.people import access, accounts
from app.register.facts import shapes
from app.register.facts.values import CATEGORIES, ON_OWN_BEHALF, VISITOR_KINDS
from app.register.registers import environments
from app.register.visits import writing
from forms.shapes.post_keys import post_key
from tests.bench import filled, invented
from tests.bench.copies import invent, invent_person

VISITS, ENTITIES = 1_000_000, 300
COPIED = 2_000_000
FIRST, LAST = date(2024, 11, 4), date(2026, 10, 30)
#: Visits before this day are imported ones, the others as the desk records them.
SINCE = date(2025, 11, 3)
#: When all visits were written.
AT = calendar.midnight(LAST + timedelta(days=1))
#: Average number of visits of a visitor.
TIMES = 4
#: Two desks in each of the first four entities: the documents of their operators.
DESKS = 8
SITES = ("Sede central", "Local anexo")
SECRET = "bench " * 8
#: The first number of a visit, and of its visitor, in a file that is imported.
STRANGERS = 8_000_000
#: Minutes of the day, as often as visitors come.
MINUTES = invented.drawing(
    range(8 * 60, 17 * 60),
    [(0.5, 1.2, 1.5, 1.4, 0.9, 0.4, 0.8, 1.1, 0.8)[minute // 60] for minute in range(9 * 60)],
)


def count() -> int:
    """Return the number of visits."""
    return int(os.environ.get("BENCH_VISITS") or VISITS)


def key() -> str:
    """Return a short hash of everything that a filled register depends on."""
    sources = [Path("tests/bench") / f"{name}.py" for name in ("filled_visits", "invented")]
    folders = ("app/register/facts", "app/register/visits")
    return filled.key_of(f"visits {count()}", sources, folders)


def fill(url: str, files: Path) -> None:
    """Fill a database with entities, their officials, and visits."""
    app = create_app({"DATABASE_URL": url, "DATA": files.absolute(), "SECRET_KEY": SECRET})
    setup.prepare(app)
    fill_register(app, count(), ENTITIES)
    app.extensions["engine"].dispose()


def fill_register(app: Flask, visits: int, entities: int) -> None:
    """Fill the application's database with entities and visits; it may already hold others."""
    of_visits = invented.drawing(range(entities), invented.zipf(entities, 0.8, 10))
    numbers: dict[int, list[int]] = defaultdict(list)
    for number in range(visits):
        numbers[of_visits[invented.numbers(b"visit", number)[1]]].append(number)
    days = working_days()
    with app.app_context():
        for place in range(entities):
            with db.writing(app) as session:
                register, officials = open_place(session, place)
                people = max(1, visits // TIMES)
                rows = [
                    visit(
                        number,
                        days[number * len(days) // visits],
                        visitor(number, place, people),
                        officials,
                    )
                    for number in numbers[place]
                ]
                imported = [row for row in rows if row["visit_on"] < SINCE]
                recorded = [
                    row | {"source": "zaguan", "recorded_at": row["entry_at"]}
                    for row in rows[len(imported) :]
                ]
                for act, some in (("import", imported), ("entry", recorded)):
                    writing.add_all(session, register, some, act=act, at=AT, by_id=None)
        with db.writing(app) as session:
            seat_operators(session)
            session.execute(text("analyze"))


def working_days() -> list[date]:
    """Return the days on which desks are open."""
    working = calendar.Calendar()
    days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    return [day for day in days if working.works(day)]


def visitor(number: int, place: int, people: int) -> int:
    """Return the visitor's number: each comes once, then regulars of the entity and others."""
    drawn = invented.numbers(b"visit", number)
    if number % TIMES == 0:
        return number // TIMES * 7_919 % people
    chance = drawn[6] << 16 | drawn[7]
    if drawn[8] % 5 < 2:
        return (place * 9_973 + chance % (people // 500 + 20)) % people
    return chance % people


def visit(number: int, day: date, visitor: int, officials: Sequence[PostHolder]) -> dict[str, Any]:
    """Return the facts of a visit, as `writing.add_all` takes them; a third has no exit.

    Some officials are visited more than others, and two in a hundred visits are acts of interest.
    """
    drawn = invented.numbers(b"visit", number)
    person = invented.person(visitor)
    official = officials[drawn[2] * drawn[2] // invented.TABLE * len(officials) >> 16]
    entry = calendar.midnight(day) + timedelta(minutes=MINUTES[drawn[0]])
    left = entry + timedelta(minutes=4 + drawn[9] * drawn[10] // 30_000_000)
    share = drawn[4] % 100
    category = "interests" if share < 2 else "work" if share < 60 else "other"
    return {
        "audience": "public",
        "visit_on": day,
        "entry_at": entry,
        "exit_at": left if drawn[5] % 3 else None,
        "exit_state": "left" if drawn[5] % 3 else "unknown",
        "visitor_name": person.name,
        "document_type": person.document_type,
        "document_number": person.document_number,
        "visitor_kind": person.kind,
        "visitor_entity": person.entity,
        "visitor_entity_ruc": person.ruc,
        "official_id": official.id,
        "official_name": official.full_name,
        "official_unit": official.unit,
        "official_post": official.post,
        "category": category,
        "motive": invented.OF_MOTIVES[drawn[3]][0],
        "site": official.site,
        "place": f"Oficina {100 + drawn[12] % 500}" if drawn[11] % 4 else "",
        "observation": "",
        "interest": category == "interests",
        "norm_version": "Directiva 003-2026-PCM/SIP",
        "group_code": "",
        "source": "official_platform",
        "submission": f"{number:016x}.1",
    }


def csv_file(names: Sequence[str], officials: Sequence[PostHolder], days: Sequence[date]) -> bytes:
    """Return a visit of each day as the official platform exports it, of the entities in turn."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(column.name for column in shapes.OFFICIAL)
    for number, day in enumerate(days):
        row = visit(STRANGERS + number, day, STRANGERS + number // 2, officials)
        writer.writerow(exported(row, names[number % len(names)]))
    return target.getvalue().encode()


def exported(row: dict[str, Any], name: str) -> Iterator[str]:
    """Yield the columns of a visit to the entity of that name."""
    day = f"{row['visit_on']:%d/%m/%Y}"
    represented = row["visitor_entity"] or ON_OWN_BEHALF
    yield from (day, day, name, row["visitor_name"])
    yield f"{row['document_type']} {row['document_number']}".strip()
    yield f"{VISITOR_KINDS[row['visitor_kind']]} - {represented}"
    yield " - ".join(row[f"official_{part}"] for part in ("name", "unit", "post"))
    yield hour(row["entry_at"])
    yield hour(row["exit_at"])
    yield f"{CATEGORIES[row['category']]} - {row['motive']}"
    yield from (row["site"], "")


def hour(at: datetime | None) -> str:
    """Return the time of day in Lima."""
    return "" if at is None else f"{at.astimezone(calendar.LIMA):%H:%M}"


def filling() -> filled.Filling:
    """Return how the register is stored and copied."""
    suffix = "" if count() == VISITS else f"_{count()}"
    return filled.Filling(key, fill, count() <= COPIED, suffix)


def entity_code(number: int) -> str:
    """Return the code of an entity of the filling."""
    return f"B{number:05}"


def operator(desk: int) -> str:
    """Return the DNI of the operator of a desk."""
    return f"7{800_000 + desk:07}"


def open_place(session: Session, number: int) -> tuple[Register, list[PostHolder]]:
    """Create an entity with its register open and its personnel in it."""
    entity = invent(session, number)
    entity.name, entity.ruc = invented.body(number)[0], f"202{number:08}"
    entity.index()
    register = environments.open_register(session, entity, "production", None)
    register.opened_at = calendar.midnight(FIRST)
    drawn = invented.numbers(b"entity", number)
    amount = 20 + drawn[0] * drawn[1] * 181 // invented.TABLE**2
    add_personnel(session, register, number, amount)
    return register, personnel_of(session, register)


def personnel_of(session: Session, register: Register) -> list[PostHolder]:
    """Return the officials of a register, by id."""
    of_register = select(PostHolder).where(PostHolder.register_id == register.id)
    return list(session.scalars(of_register.order_by(PostHolder.id)))


def add_personnel(session: Session, register: Register, entity: int, amount: int) -> None:
    """Add the personnel of a register, at its sites."""
    session.add_all(Site(register_id=register.id, name=name, from_on=FIRST) for name in SITES)
    rows: list[dict[str, Any]] = []
    for number in range(amount):
        row = invented.official(entity, number)
        searched = plain(" ".join(row[n] for n in ("surnames", "given_names", "post", "unit")))
        more = {"register_id": register.id, "site": SITES[number % 7 == 6], "from_on": FIRST}
        key = post_key(row["post"], row["unit"])
        rows.append(row | more | {"search_text": searched, "post_key": key})
    session.execute(insert(PostHolder), rows)


def seat_operators(session: Session) -> None:
    """Create the desk operators, with the password of the trial accounts."""
    password_hash = accounts.hashed(trial_people.PASSWORD)
    for desk, entity in enumerate(desks(session)):
        person = invent_person(session, 800_000 + desk)
        person.password_hash = password_hash
        access.grant(session, person, "operator", entity, None)


def desks(session: Session) -> Iterator[Entity]:
    """Yield the entity of each desk."""
    for desk in range(DESKS):
        code = entity_code(desk % (DESKS // 2))
        yield session.scalars(select(Entity).where(Entity.code == code)).one()
