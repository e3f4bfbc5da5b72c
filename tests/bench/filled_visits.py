"""A filled register: a million visits over 300 invented entities, for the measures of visits alone.

`ZAGUAN_BENCH_VISITS` sets another number of visits. Above `COPIED`, no run works on a copy, because
the disk may be too small: then only reading is measured, on PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.formatting import plain
from app.base.models import Entity, Official, Register, Site
from app.ops import setup, trial_people
from app.people import access, accounts
from app.register.facts import keys
from app.register.registers import environments
from tests.bench import bulk, filled, invented, visit_rows
from tests.bench.copies import invent, invent_person
from tests.bench.visit_rows import FIRST, LAST, Filler, Place

VISITS, ENTITIES = 1_000_000, 300
COPIED = 2_000_000
#: Two desks in each of the first four entities: the documents of their operators.
DESKS = 8
SITES = ("Sede central", "Local anexo")
SECRET = "bench " * 8
#: Variable that names another folder of data than the hash of this code (`compare`).
KEY = "ZAGUAN_BENCH_VISITS_KEY"


def count() -> int:
    """Return the number of listed visits."""
    return int(os.environ.get("ZAGUAN_BENCH_VISITS") or VISITS)


def key() -> str:
    """Return a short hash of everything that a filled register depends on."""
    if KEY in os.environ:
        return os.environ[KEY]
    here = Path("tests/bench")
    sources = [here / f"{name}.py" for name in ("filled_visits", "visit_rows", "invented", "bulk")]
    sources += [Path("app/register/facts") / f"{name}.py" for name in ("keys", "values")]
    for folder in ("app/base/models", "app/base/db/migrations/versions"):
        sources += Path(folder).rglob("*.py")
    return filled.key_of(f"visits {count()}", sources)


def fill(url: str, files: Path) -> None:
    """Fill a database with entities, their officials, and visits."""
    app = create_app({"DATABASE_URL": url, "DATA": files.absolute(), "SECRET_KEY": SECRET})
    setup.prepare(app)
    fill_register(app, count(), ENTITIES)


def fill_register(app: Flask, visits: int, entities: int) -> None:
    """Fill the application's database with entities and visits; it may already hold others."""
    engine = app.extensions["engine"]
    with app.app_context():
        with db.writing(app) as session:
            places = [open_place(session, number) for number in range(entities)]
            seat_operators(session)
            changed_in = keys.change_number(session)
        engine.dispose()
        bulk.load(
            app.config["DATABASE_OWNER_URL"],
            visit_rows.TABLES,
            Filler(places, visits, changed_in).rows(),
        )


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


def open_place(session: Session, number: int) -> Place:
    """Create an entity with its registers open and its personnel in them."""
    entity = invent(session, number)
    entity.name, entity.ruc = invented.body(number)[0], f"202{number:08}"
    entity.index()
    production = open_register(session, entity, "production")
    demo = open_register(session, entity, "demo")
    drawn = invented.numbers(b"entity", number)
    amount = 20 + drawn[0] * drawn[1] * 181 // invented.TABLE**2
    return Place(
        number,
        production.id,
        demo.id,
        add_personnel(session, production, number, amount),
        add_personnel(session, demo, number, 20),
        FIRST + timedelta(days=drawn[2] * (LAST - FIRST).days // invented.TABLE),
    )


def open_register(session: Session, entity: Entity, environment: str) -> Register:
    """Create a register that opened before its first visit."""
    register = environments.open_register(session, entity, environment, None)
    register.opened_at = calendar.midnight(FIRST)
    return register


def add_personnel(
    session: Session, register: Register, entity: int, amount: int
) -> list[visit_rows.Official]:
    """Add the personnel of a register, at its sites."""
    session.add_all(Site(register_id=register.id, name=name, from_on=FIRST) for name in SITES)
    rows: list[dict[str, Any]] = []
    for number in range(amount):
        row = invented.official(entity, number)
        searched = plain(" ".join(row[n] for n in ("surnames", "given_names", "post", "unit")))
        more = {"register_id": register.id, "site": SITES[number % 7 == 6], "from_on": FIRST}
        rows.append(row | more | {"search_text": searched})
    session.execute(insert(Official), rows)
    found = session.scalars(
        select(Official).where(Official.register_id == register.id).order_by(Official.id)
    )
    return list(map(as_visited, found))


def as_visited(official: Official) -> visit_rows.Official:
    """Return an official with the columns that rows of visits use."""
    name = official.full_name
    return visit_rows.Official(
        official.id, name, plain(name), official.unit, official.post, official.site
    )


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
