"""SQLite's writers take turns."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from app.base import db
from app.base.db import sqlite_writers

WRITERS, ROUNDS = 6, 15


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yield a database whose connections do not wait for the lock of the file."""
    made = db.connect(f"sqlite:///{tmp_path / 'turns.db'}")
    event.listen(made, "connect", lambda one, _: one.execute("pragma busy_timeout = 0"))
    with made.begin() as connection:
        connection.execute(text("create table entry (writer integer)"))
    yield made
    made.dispose()


def lock_of(engine: Engine) -> Path:
    return Path(f"{engine.url.database}.writers.lock")


def is_free(engine: Engine) -> bool:
    """Return whether another process could take the turn now."""
    with lock_of(engine).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def write(engine: Engine, number: int) -> None:
    with db.writing(engine) as session:
        session.execute(text("insert into entry values (:n)"), {"n": number})


def written(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return sorted(connection.execute(text("select writer from entry")).scalars())


def test_a_turn_lasts_as_long_as_its_transaction(engine: Engine):
    for end in ["commit", "rollback", "close"]:
        session = db.open_session(engine)
        session.execute(text("insert into entry values (1)"))
        assert not is_free(engine)
        getattr(session, end)()
        assert is_free(engine)
        session.close()
        assert lock_of(engine) in db.sqlite_files(str(engine.url))


def test_readers_take_no_turn(engine: Engine):
    with db.open_session(engine, writes=False) as session:
        session.execute(text("select * from entry"))
    assert not lock_of(engine).exists()


def test_writers_wait_for_their_turns_and_not_at_the_file(engine: Engine):
    faults: list[BaseException] = []

    def work(own: Engine, number: int) -> None:
        try:
            for _ in range(ROUNDS):
                write(own, number)
        except OperationalError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=[engine, number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert written(engine) == sorted(list(range(WRITERS)) * ROUNDS)


def test_a_turn_that_does_not_come_ends_with_sqlites_own_error(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(db.connecting, "TURN_SECONDS", 0.02)
    write(engine, 1)
    with lock_of(engine).open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write(engine, 2)  # a lock of ours that never ends keeps no one from writing
    with db.open_session(engine) as session:
        session.execute(text("insert into entry values (3)"))
        with pytest.raises(OperationalError, match="locked"):
            write(engine, 4)
    assert is_free(engine)
    assert written(engine) == [1, 2]


@pytest.mark.nightly
def test_a_process_that_is_killed_leaves_its_turn(engine: Engine):
    code = (
        "import sys, os, signal; from app.base import db; from sqlalchemy import text\n"
        "session = db.open_session(db.connect(sys.argv[1]))\n"
        "session.execute(text('insert into entry values (5)'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(engine.url)], check=False)
    write(engine, 6)
    assert written(engine) == [6]


def test_a_child_process_begins_with_free_turns(engine: Engine):
    with db.open_session(engine) as session:
        session.execute(text("insert into entry values (7)"))
        child = os.fork()
        if child == 0:
            os._exit(1 if sqlite_writers._TURNS else 0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        session.commit()
    write(engine, 8)
    assert written(engine) == [7, 8]


def test_a_child_process_that_ends_an_inherited_connection_leaves_its_parent_the_turn(
    engine: Engine,
):
    with db.open_session(engine) as session:
        session.execute(text("insert into entry values (9)"))
        inherited = session.connection().connection.driver_connection
        child = os.fork()
        if child == 0:
            inherited.end_turn()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not is_free(engine)
        session.commit()
    assert is_free(engine)
