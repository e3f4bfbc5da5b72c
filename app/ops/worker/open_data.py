"""The nightly job of open data: the finished files of the register."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine

from app.base.db import Stop
from app.ops.worker import nightly
from app.register.export import dumping, dumps

NAME = "open_data"


def is_due(engine: Engine) -> bool:
    """Return whether the newest night's files are not made, or are not on this machine."""
    return dumps.current().as_of is None or nightly.is_due(engine, NAME)


def run(app: Flask, stop: Stop) -> dict[str, int] | None:
    """Make the files. Raises dumping.NotMade."""
    return dumping.make(app.extensions["engine"], dumps.folder(), stop)
