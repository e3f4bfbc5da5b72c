"""A demo that is killed begins again with the next setup, until one is complete."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.base import db
from app.base.models import JobRun, LogEntry, ProcessInstance, StoredFile, User
from app.ops import setup
from app.ops.demo import programme
from tests.app import cast
from tests.app.ops.killing import kill_at, length, moments
from tests.app.together import killed
from tests.conftest import Clock

pytestmark = pytest.mark.nightly("servers")

ENTITIES, MOMENTS = 3, 3
Counts = dict[str, int]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Shorten demos to a month."""
    monkeypatch.setattr(programme, "DAYS", 31)


def set_up(app: Flask) -> None:
    """Set up as `zaguan setup` does."""
    setup.run(app, demo_entities=ENTITIES)


def counts(app: Flask) -> Counts:
    """Return the number of rows of some tables."""
    with db.open_session(app.extensions["engine"], writes=False) as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (User, ProcessInstance, LogEntry, StoredFile)
        }


def test_a_demo_that_is_killed_anywhere_is_made_whole_by_the_next_set_up(app: Flask, short: None):
    set_up(app)
    whole = counts(app)
    assert all(whole.values())
    assert is_marked_whole(app)
    is_prepared_only(app)
    calls = length(app, lambda: set_up(app))
    for moment in moments(calls, MOMENTS):
        is_prepared_only(app)
        assert kill_at(app, lambda: set_up(app), moment)
        assert not is_marked_whole(app), moment
        set_up(app)
        assert counts(app) == whole, moment


def is_prepared_only(app: Flask) -> None:
    """Return whether the installation is prepared, without a demo."""
    with app.app_context():
        setup.begin_anew(app)


def is_marked_whole(app: Flask) -> bool:
    """Return whether the demo reached its end."""
    with db.open_session(app.extensions["engine"], writes=False) as session:
        run = session.get(JobRun, setup.DEMO)
    return run is not None and run.ended_at is not None


def test_a_complete_demo_is_left_unchanged(
    app: Flask, short: None, capsys: pytest.CaptureFixture[str]
):
    set_up(app)
    before = counts(app)
    set_up(app)
    assert counts(app) == before
    assert "anew" not in capsys.readouterr().out


def test_the_command_that_fills_a_demo_begins_an_interrupted_one_anew(app: Flask, short: None):
    def fill() -> None:
        with app.app_context():
            setup.fill_demo(app, entities=ENTITIES, seed=1)

    setup.run(app, demo_entities=0)
    fill()
    whole = counts(app)
    is_prepared_only(app)
    assert killed(app, fill, "after_commit", 6)
    assert not is_marked_whole(app)
    fill()
    assert (counts(app), is_marked_whole(app)) == (whole, True)


def test_an_interrupted_demo_in_which_real_people_work_by_now_is_not_touched(
    app: Flask, short: None
):
    setup.run(app, demo_entities=0)
    assert killed(app, lambda: set_up(app), "after_commit", 6)
    with app.app_context(), db.writing(app) as session:
        cast.person(session, "40000021", "sip", None).email = "persona@pcm.gob.pe"
    before = counts(app)
    with pytest.raises(setup.CannotSetUp, match="has real users"):
        set_up(app)
    assert counts(app) == before
