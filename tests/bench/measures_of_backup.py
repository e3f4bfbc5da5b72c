"""The measures of operations: a backup of a million visits, and its restore into a new database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from app import create_app
from app.base import db
from app.ops import backup
from tests.bench.bench import SECRET, Bench
from tests.bench.figures import Figure, timed

TIMES = 3
#: The database that a restore fills.
NAME = "restored"


def backup_million(bench: Bench) -> Figure:
    """Measure a backup in seconds, each time into a new folder."""
    samples = []
    for _ in range(TIMES):
        with folder_of(bench) as folder:
            samples.append(timed(partial(backup.back_up, bench.app, folder)) / 1000)
    return Figure.of("backup_million", bench.database, samples, "s")


def restore_million(bench: Bench) -> Figure:
    """Measure a restore in seconds. The floor is a backup in the same run."""
    samples, floor = [], []
    with folder_of(bench) as folder:
        floor.append(timed(partial(backup.back_up, bench.app, folder)) / 1000)
        for _ in range(TIMES):
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


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    "backup_million": backup_million,
    "restore_million": restore_million,
}
