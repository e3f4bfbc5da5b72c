"""The catalogue of public bodies: the packaged entities, imports, and its pages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.catalogue import duplicates, pages
from app.administration.catalogue.imports import Fault, Report, bring_in, import_entities, judge
from app.base import calendar
from app.base.models import LogEntry, NonWorkingDay
from app.cases import processes

__all__ = ["Fault", "Report", "bring_in", "import_entities", "init_app", "judge", "load"]

#: The folder of the packaged files.
DATA = Path(__file__).parent


def init_app(app: Flask) -> None:
    """Add the pages of the catalogue."""
    app.register_blueprint(pages.pages)
    app.register_blueprint(duplicates.pages)


def load(session: Session) -> Report:
    """Bring in the entities and non-working days that come with the code and are not there yet.

    Later edits stay. The dates of open tasks move with the days. Flush only: the caller commits.
    """
    report = import_entities(session, (DATA / "entities.csv").read_bytes(), update=False)
    calendar.begin_change(session)
    known = {(day.on, day.scope, day.place) for day in calendar.decreed_everywhere(session)}
    known |= taken_out(session)
    new = tuple(day for day in decreed() if (day.on, day.scope, day.place) not in known)
    if new:
        processes.change_calendar(session, processes.Change(added=new), None)
    session.flush()
    return report


def decreed() -> Iterator[NonWorkingDay]:
    """Yield the decreed days that come with the code."""
    with (DATA / "non_working_days.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            on = date.fromisoformat(row["date"])
            yield NonWorkingDay(on=on, scope=row["scope"], place="", norm=row["norm"])


def taken_out(session: Session) -> set[tuple[date, str, str]]:
    """Return the days that a user took out of the calendar."""
    entries = session.scalars(select(LogEntry.data).where(LogEntry.kind == "calendar.day_removed"))
    return {(date.fromisoformat(row["on"]), row["scope"], row["place"]) for row in entries}
