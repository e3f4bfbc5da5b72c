"""The worker: locks that end with their process, jobs that are noted, and time that passes once."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime, timedelta

from flask import Flask

from app import db
from tests.app.together import killed


def test_one_holds_a_lock_and_others_are_told_so(app: Flask):
    engine = app.extensions["engine"]
    with db.only_one(engine, "reminders") as first:
        with db.only_one(engine, "reminders") as second, db.only_one(engine, "other") as other:
            assert (first, second, other) == (True, False, True)
        with db.only_one(engine, "reminders") as third:
            assert not third
    with db.only_one(engine, "reminders") as free:
        assert free


def test_an_error_frees_the_lock(app: Flask):
    engine = app.extensions["engine"]
    with contextlib.suppress(RuntimeError), db.only_one(engine, "reminders"):
        raise RuntimeError
    with db.only_one(engine, "reminders") as free:
        assert free


def test_a_process_that_is_killed_frees_its_lock_at_once(app: Flask):
    engine = app.extensions["engine"]

    def hold_and_commit() -> None:
        with db.only_one(engine, "reminders") as got, db.open_session(engine) as session:
            assert got
            db.clock(session)
            session.commit()
            os._exit(0)

    assert killed(app, hold_and_commit, "before_commit")
    with db.only_one(engine, "reminders") as free:
        assert free


def test_the_databases_clock_is_the_real_one(app: Flask):
    with db.open_session(app.extensions["engine"]) as session:
        told = db.clock(session)
    assert told.tzinfo is UTC
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)
