"""The nightly job of open data: the finished files of the register."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine

from app.base import db
from app.base.db import Stop
from app.ops.worker import nightly
from app.register.export import dumping, dumps, sharing, withheld
from app.register.export.dumps import Dumps

NAME = "open_data"


def is_due(engine: Engine) -> bool:
    """Return whether the newest night's files are not made, or are not on this machine.

    Also whether a visit in them was hidden afterwards.
    """
    made = dumps.current()
    return made.as_of is None or nightly.is_due(engine, NAME) or _has_hidden_visits(engine, made)


def run(app: Flask, stop: Stop) -> dict[str, int] | None:
    """Make the files and share them, or fetch those that another machine made this night.

    Files of this night that could not be shared are not made again. Raises dumping.NotMade, OSError
    and places.Away.
    """
    engine, folder, place = app.extensions["engine"], dumps.folder(), sharing.place_of(app.config)
    if place is None:
        return dumping.make(engine, folder, stop)
    if _is_valid(engine, sharing.shared(engine)):
        counts = {"files_fetched": sharing.fetch(engine, place, folder, stop)}
    else:
        is_made = _is_valid(engine, dumps.current(folder))
        made = {} if is_made else dumping.make(engine, folder, stop)
        put = None if made is None else sharing.share(engine, place, folder, stop)
        if made is None or put is None:
            return None
        counts = {**made, "files_shared": put}
    sharing.tidy(engine, place, stop)
    return None if stop() else counts


def _is_valid(engine: Engine, run: Dumps) -> bool:
    """Return whether a run is of this night, and no visit in it was hidden afterwards."""
    if run.as_of is None or not nightly.is_of_this_night(run.as_of):
        return False
    return not _has_hidden_visits(engine, run)


def _has_hidden_visits(engine: Engine, run: Dumps) -> bool:
    with db.open_session(engine, writes=False) as session:
        return run.as_of is not None and bool(withheld.hidden_months(session, run.as_of))
