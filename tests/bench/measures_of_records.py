"""Measures of what writes or copies the register: entries, files, suppressions, chain, backup."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.db import chain
from app.base.models import Entity, Register, Visit
from app.ops import backup
from app.register import importing
from app.register.importing import applying
from app.register.registers import environments
from app.register.suppression import list_file, listed, reviews
from app.register.suppression.fields import GROUPS
from app.register.visits import officials as desk_officials
from tests.bench import filled_visits, invented
from tests.bench.bench import SECRET, Bench
from tests.bench.browser import Desk
from tests.bench.figures import Figure, timed

#: Seconds between two entries of a desk, and the number of entries of each desk.
EVERY, ENTRIES = 0.5, 60
#: The number of workers that `zaguan serve` starts.
WORKERS = 2
#: Number of the first visitor outside the filling.
NEWCOMERS = 9_000_000
#: Rows of a file of past visits, and its entity.
ROWS = 100_000
QUIET = filled_visits.entity_code(filled_visits.ENTITIES - 1)


def record_entry(bench: Bench) -> Figure:
    """Measure an entry over HTTP while eight desks record, each every half second."""
    officials_at = officials_of_desks(bench)
    with bench.served(WORKERS) as (address, _), ThreadPoolExecutor(filled_visits.DESKS) as pool:
        desks = [
            Desk(address, path_of(number), filled_visits.operator(number))
            for number in range(filled_visits.DESKS)
        ]
        begins = time.perf_counter() + EVERY
        jobs = [
            pool.submit(lambda desk=desk, n=n: list(day_of(desk, n, begins, officials_at)))  # type: ignore[misc]
            for n, desk in enumerate(desks)
        ]
        samples = [sample for job in jobs for sample in job.result()[2:]]
    return Figure.of("record_entry", bench.database, samples, "ms")


def path_of(desk: int) -> str:
    """Return the address of a desk: two of them in each of the first entities."""
    return f"/registro/{filled_visits.entity_code(desk % (filled_visits.DESKS // 2))}/produccion"


def officials_of_desks(bench: Bench) -> Mapping[str, list[str]]:
    """Return desk address → the labels of its entity's officials, as the desk writes them."""
    found = {}
    with bench.session() as session:
        for desk in range(filled_visits.DESKS // 2):
            code = filled_visits.entity_code(desk)
            register = session.scalars(select(Register).join(Entity).where(Entity.code == code))
            rows = filled_visits.personnel_of(session, register.one())
            found[path_of(desk)] = [desk_officials.label(one) for one in rows]
    return found


def day_of(
    desk: Desk, number: int, begins: float, officials_at: Mapping[str, list[str]]
) -> Iterator[float]:
    """Yield the durations of a desk's entries, each at its time. Half of the visitors are of the
    filling.
    """
    for entry in range(ENTRIES):
        person = with_dni(entry % 2 * NEWCOMERS + number * ENTRIES + entry)
        labels = officials_at[desk.path]
        motive, _ = invented.OF_MOTIVES[(number * 31 + entry) * 997 % invented.TABLE]
        form = desk.form(person, labels[entry % len(labels)], motive, filled_visits.SITES[0])
        at = begins + EVERY * (entry + number / filled_visits.DESKS)
        time.sleep(max(0.0, at - time.perf_counter()))
        yield timed(lambda form=form: desk.enter(form))  # type: ignore[misc]


def with_dni(number: int) -> invented.Person:
    """Return the first visitor from that number on who has a DNI."""
    people = map(invented.person, itertools.count(number, filled_visits.DESKS * ENTRIES))
    return next(person for person in people if person.document_type == "DNI")


def import_rows(bench: Bench) -> Figure:
    """Measure the rows per second of a file of past visits, from its bytes to the commit."""
    with bench.session() as session:
        entity = session.scalars(select(Entity).where(Entity.code == QUIET)).one()
        register = environments.find(session, entity, "production")
        assert register is not None
        officials = filled_visits.personnel_of(session, register)
        days = filled_visits.working_days()
        past = [days[n * len(days) // ROWS] - timedelta(days=3 * 364) for n in range(ROWS)]
        content = filled_visits.csv_file([entity.name], officials, past)
    with bench.session(writes=True) as session:
        began = time.perf_counter()
        taken = import_file(session, session.get_one(Register, register.id), content)
        session.commit()
        took = time.perf_counter() - began
    if taken != ROWS:
        raise LookupError(f"of {ROWS} rows {taken} were imported")
    return Figure.of("import_rows", bench.database, [ROWS / took], "rows/s")


def import_file(session: Session, register: Register, content: bytes) -> int:
    """Import a file as the page does. Return the number of visits."""
    export = importing.read_export(content, "visitas.csv")
    at = calendar.now()
    report = applying.bring_in(session, register, export, source="imported", at=at, by_id=None)
    return report.outcomes["taken"] + report.outcomes["remarked"]


#: Visits of the busiest register.
TIMES = 50


def suppress(bench: Bench) -> Figure:
    """Measure the decision to suppress all fields of a hidden visit, with its commit and list."""
    with bench.session() as session:
        busiest = session.scalar(
            select(Visit.register_id)
            .where(Visit.audience == "public")
            .group_by(Visit.register_id)
            .order_by(func.count().desc())
            .limit(1)
        )
        ids = session.scalars(
            select(Visit.id)
            .where(
                Visit.register_id == busiest,
                Visit.audience == "public",
                Visit.state == "standing",
            )
            .order_by(Visit.rank.desc())
            .limit(TIMES)
        ).all()
    with bench.app.app_context():
        try:
            samples = [_suppressed(bench, visit_id) for visit_id in ids]
        finally:
            list_file.path().unlink(missing_ok=True)  # other measures have the same folder
    return Figure.of("suppress", bench.database, samples, "ms")


def _suppressed(bench: Bench, visit_id: int) -> float:
    with bench.session(writes=True) as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        session.commit()
    with bench.session(writes=True) as session:
        return timed(partial(_decide, session, visit_id))


def _decide(session: Session, visit_id: int) -> None:
    visit = session.get_one(Visit, visit_id)
    reviews.suppress(session, visit, list(GROUPS), actor_id=None)
    session.commit()
    listed.write(session)


CHAIN_TIMES = 3


def chain_close(bench: Bench) -> Figure:
    """Measure in seconds the entry of all rows that no closing has yet."""
    return Figure.of("chain_close", bench.database, [timed(partial(_close, bench)) / 1000], "s")


def chain_check(bench: Bench) -> Figure:
    """Measure in seconds the check of all rows, which are entered before."""
    _close(bench)
    check = partial(chain.check, bench.engine, db.never, calendar.now(), 10**9)
    samples = [timed(check) / 1000 for _ in range(CHAIN_TIMES)]
    return Figure.of("chain_check", bench.database, samples, "s")


def _close(bench: Bench) -> None:
    now = calendar.now()
    chain.close(bench.engine, db.never, now, calendar.lima_day(now))


BACKUP_TIMES = 3
#: The database that a restore fills.
NAME = "restored"


def backup_million(bench: Bench) -> Figure:
    """Measure a backup in seconds, each time into a new folder."""
    samples = []
    for _ in range(BACKUP_TIMES):
        with folder_of(bench) as folder:
            samples.append(timed(partial(backup.back_up, bench.app, folder)) / 1000)
    return Figure.of("backup_million", bench.database, samples, "s")


def restore_million(bench: Bench) -> Figure:
    """Measure a restore in seconds. The floor is a backup in the same run."""
    samples, floor = [], []
    with folder_of(bench) as folder:
        floor.append(timed(partial(backup.back_up, bench.app, folder)) / 1000)
        for _ in range(BACKUP_TIMES):
            with empty_database(bench, folder) as url:
                data = folder.with_name("restored")
                app = create_app({"DATABASE_URL": url, "DATA": data, "SECRET_KEY": SECRET})
                samples.append(timed(partial(backup.restore, app, folder)) / 1000)
                app.extensions["engine"].dispose()
                shutil.rmtree(data)
    return Figure.of("restore_million", bench.database, samples, "s", floor=floor)


@contextmanager
def folder_of(bench: Bench) -> Iterator[Path]:
    """Yield a folder for a backup, and delete it."""
    folder = bench.data / "backup"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def empty_database(bench: Bench, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database of the same kind, and delete it."""
    if bench.database == "sqlite":
        yield f"sqlite:///{folder.with_name('restored') / 'zaguan.db'}"
        return
    url = make_url(bench.url).set(database="postgres").render_as_string(hide_password=False)
    admin = db.connect(url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"drop database if exists {NAME} with (force)"))
        connection.execute(text(f"create database {NAME} template template0"))
        yield make_url(bench.url).set(database=NAME).render_as_string(hide_password=False)
        connection.execute(text(f"drop database {NAME} with (force)"))
    admin.dispose()
