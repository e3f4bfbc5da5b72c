"""The nightly job of open data: the finished files of the register."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine

from app.base import calendar
from app.base.db import Stop
from app.ops.worker import nightly
from app.register.export import dumping, dumps, sharing

NAME = "open_data"


def is_due(engine: Engine) -> bool:
    """Return whether the newest night's files are not made, or are not on this machine."""
    return dumps.current().as_of is None or nightly.is_due(engine, NAME)


def run(app: Flask, stop: Stop) -> dict[str, int] | None:
    """Make the files, or fetch those that another machine made this night.

    Raises dumping.NotMade, OSError and places.Away.
    """
    engine, folder, place = app.extensions["engine"], dumps.folder(), sharing.place_of(app.config)
    as_of = sharing.shared(engine).as_of
    if place and as_of and as_of >= nightly.last_night(calendar.now()):
        return {"files_fetched": sharing.fetch(engine, place, folder, stop)}
    counts = dumping.make(engine, folder, stop)
    if counts is not None:
        sharing.share(engine, place, folder)
    return counts
