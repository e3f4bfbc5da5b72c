"""The catalogue of public bodies: what comes with the code, imports, and its pages."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue import pages
from app.catalogue.imports import Fault, Report, import_entities
from app.models import NonWorkingDay

__all__ = ["Fault", "Report", "import_entities", "init_app", "load"]

DATA = Path(__file__).parent.parent / "data"


def init_app(app: Flask) -> None:
    """Adds the pages of the catalogue."""
    app.register_blueprint(pages.pages)


def load(session: Session) -> Report:
    """Brings in the entities and non-working days that come with the code and are not there yet.

    What was edited since stays. Flushes; whoever calls it commits.
    """
    report = import_entities(session, (DATA / "entities.csv").read_bytes(), update=False)
    known = {(day.on, day.scope) for day in session.scalars(select(NonWorkingDay))}
    with (DATA / "non_working_days.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["date"])
            if (day, row["scope"]) not in known:
                session.add(NonWorkingDay(on=day, scope=row["scope"], norm=row["norm"]))
    session.flush()
    return report
