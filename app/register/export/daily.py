"""The file that is made once a day; the application sets its source at start.

It says how far each entity is, which only cases know; the open data publishes and describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from flask import Flask, current_app
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.register.export.package import Resource


class StoredFile(NamedTuple):
    """A day's file: the day (Lima), the moment (UTC) at which it was made, and its text as CSV."""

    on: date
    made_at: datetime
    body: bytes


@dataclass(frozen=True)
class DailySource:
    """Describes, finds and makes the daily file."""

    resource: Resource
    #: The newest days that have a file, at most as many as requested.
    days: Callable[[Session, int], Sequence[date]]
    #: The file of a day; None where none was made.
    stored: Callable[[Session, date], StoredFile | None]
    #: Makes today's, in a separate transaction.
    make: Callable[[Engine], object]


def offer(app: Flask, source: DailySource) -> None:
    """Publish this daily file in the open data."""
    app.extensions["daily_file"] = source


def daily_source() -> DailySource:
    """Return the daily file of the running application."""
    source: DailySource = current_app.extensions["daily_file"]
    return source
