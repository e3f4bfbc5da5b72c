"""The list of suppressions, which is outside of backups and applied again after a restore.

A line for each suppressed visit, as JSON: its code, the fields and moments, never a value of it. A
backup that is older than a suppression still has the data; with this list they are removed again
before anything is served. The database is the source of the list while the installation is in use;
after a restore the list has what the database lacks.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, private
from app.base.models import JobRun, Suppression, Visit
from app.register.suppression import reviews

logger = logging.getLogger(__name__)

#: The file in the data folder; a backup never has it.
NAME = "suppressions.jsonl"
#: The row of job_run that notes, since a restore, that the list must be applied.
ROW = "suppressions"


class NoList(Exception):
    """The database came from a backup, and there is no list: nothing may be served."""

    def __str__(self) -> str:
        """Return the sentence for operators."""
        return (
            f"This database came from a backup, and {path()} is missing: it lists what was "
            "suppressed. Nothing is served without it. Copy it there from a machine of the "
            "installation, or run `zaguan no-suppressions` if nothing was ever suppressed."
        )


def path() -> Path:
    """Return the path of the list: in the data folder, like the secret key."""
    data: Path = current_app.config["DATA"]
    return data / NAME


def write(session: Session) -> int:
    """Add the suppressions to the list that it lacks; make an empty list. Return how many.

    Raise OSError. The worker of each machine repeats it.
    """
    rows = session.execute(
        select(Visit.code, Visit.versions, Suppression)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(Suppression.state == "suppressed")
        .order_by(Suppression.id)
    ).all()
    said = {code: _line(code, versions, review) for code, versions, review in rows}
    target = path()
    private.make_folder(target.parent)
    with open(target, "a+", encoding="utf-8", opener=private.opener) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = file.read()
        there = {entry["visit"] for entry in _read(before.splitlines())}
        new = [line for code, line in said.items() if code not in there]
        was_cut = before and not before.endswith("\n")  # by a full disk
        file.write("".join(["\n" if was_cut else "", *new]))
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def try_to_write(session: Session) -> None:
    """Write the list after an act; on a full disk the worker writes it later."""
    try:
        write(session)
    except OSError:
        logger.exception("the list of suppressions cannot be written")


def _line(code: str, versions: int, review: Suppression) -> str:
    decided_at = review.decided_at or review.hidden_at
    said = {
        "visit": code,
        "versions": versions,
        "fields": review.fields,
        "ground": review.ground,
        "hidden_at": review.hidden_at.isoformat(),
        "decided_at": decided_at.isoformat(),
    }
    return json.dumps(said) + "\n"


def _read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the entries of a list; a line that was cut by a full disk is left out."""
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            logger.warning("a line of the list of suppressions cannot be read")
    return found


def require(connection: Connection) -> None:
    """Note that this database came from a backup or another server: the list must be applied."""
    if not inspect(connection).has_table(JobRun.__tablename__):
        return
    now = calendar.now()
    begun = {"started_at": now, "seen_at": now, "ended_at": None}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(JobRun).values(name=ROW, result={}, error="", **begun)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=begun))


def apply(session: Session) -> int:
    """Suppress again what the list has and the database lacks. Return how many visits.

    Nothing here commits. Raise NoList if this database came from a backup and there is no list, and
    OSError if it cannot be read. Visits that the backup does not have are left out.
    """
    db.in_turn(session, "list of suppressions")
    try:
        entries = _read(path().read_text("utf-8").splitlines())
    except FileNotFoundError:
        if _is_required(session):
            raise NoList from None
        return 0
    done = sum(_apply(session, entry) for entry in entries)
    settle(session)
    return done


def settle(session: Session) -> None:
    """Note that the list was applied, or that there was none."""
    session.execute(
        update(JobRun)
        .where(JobRun.name == ROW, JobRun.ended_at.is_(None))
        .values(ended_at=calendar.now())
    )


def declare_none(session: Session) -> None:
    """Note and log that nothing was suppressed before this database was restored."""
    if _is_required(session):
        audit_log.write(session, "register.none_suppressed", actor_id=None)
        settle(session)


def _is_required(session: Session) -> bool:
    row = session.get(JobRun, ROW)
    return row is not None and row.ended_at is None


def _apply(session: Session, entry: Mapping[str, Any]) -> bool:
    visit = session.scalar(select(Visit).where(Visit.code == entry["visit"]))
    if visit is None:
        return False
    return reviews.repeat(
        session,
        visit,
        entry["fields"],
        ground=entry["ground"],
        hidden_at=datetime.fromisoformat(entry["hidden_at"]),
        decided_at=datetime.fromisoformat(entry["decided_at"]),
    )
