"""The locks of SQLite outlive new connections, so that outside readers drop nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, text

from app.base import db, private

#: A reader of another program, which ends a log that it takes for left over.
READS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(*connection.execute("select count(*) from n").fetchone())
connection.close()
"""
#: Says whether another process holds SQLite's shared lock on a file (sqlite.org/lockingv3.html).
ASKS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        print("locked")
"""
WRITERS, ROWS = 4, 40


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yield a database without a connection."""
    made = db.connect(f"sqlite:///{tmp_path / 'locks.db'}")
    with made.begin() as connection:
        connection.execute(text("create table n (writer integer, row integer)"))
    made.dispose()
    yield made
    made.dispose()


def run(code: str, engine: Engine) -> str:
    command = [sys.executable, "-c", code, str(engine.url.database)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_second_connection_drops_no_lock_of_the_first(engine: Engine):
    assert run(ASKS, engine) == ""
    with engine.connect() as first:
        first.execute(text("select * from n"))
        assert run(ASKS, engine) == "locked"
        with engine.connect() as second:
            second.execute(text("select * from n"))
        assert run(ASKS, engine) == "locked"


@pytest.mark.guard("other programs read while many write")
def test_what_is_written_while_others_read_is_there_after_a_restart(engine: Engine):
    ended = Event()

    def write(writer: int) -> None:
        for row in range(ROWS):
            newly_opened = db.connect(str(engine.url))
            with db.writing(newly_opened) as session:
                session.execute(text("insert into n values (:w, :r)"), {"w": writer, "r": row})
            newly_opened.dispose()

    def read() -> int:
        reads = 0
        while not ended.is_set() or not reads:
            assert int(run(READS, engine)) <= WRITERS * ROWS
            reads += 1
        return reads

    with engine.connect() as server, ThreadPoolExecutor() as pool:
        server.execute(text("select * from n"))
        server.rollback()
        reader = pool.submit(read)
        try:
            for written in [pool.submit(write, number) for number in range(WRITERS)]:
                written.result()
        finally:
            ended.set()
        assert reader.result() > 0
        assert db.deleted_files(str(engine.url)) == []
        # As after a kill: another process sees only what is on the disk.
        assert run(READS, engine) == str(WRITERS * ROWS)


def test_a_log_that_is_not_the_one_on_disk_is_named(engine: Engine):
    url = str(engine.url)
    with engine.connect() as connection:
        connection.execute(text("select * from n"))
        assert db.deleted_files(url) == []
        Path(f"{engine.url.database}-wal").unlink()
        assert db.deleted_files(url) == [(os.getpid(), "locks.db-wal")]
    engine.dispose()
    assert db.deleted_files(url) == []
    assert db.deleted_files("postgresql+psycopg://zaguan@localhost/zaguan") == []


def test_a_file_is_made_once_and_an_existing_one_stays(tmp_path: Path):
    made = tmp_path / "made.db"
    private.make_file(made)
    assert made.stat().st_mode & 0o777 == private.FILE
    made.write_text("content")
    private.make_file(made)
    assert made.read_text() == "content"
    assert list(tmp_path.iterdir()) == [made]
    private.make_file(tmp_path / "absent" / "made.db")  # opening it reports the fault
