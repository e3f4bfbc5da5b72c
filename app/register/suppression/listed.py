"""The list of suppressions, which is outside of backups and applied again after a restore.

A line for each suppression, as JSON: the code of the visit, the fields and moments, never a value
of it. A backup that is older than a suppression still has the data; with this list they are removed
again before anything is served. The database is the source of the list while the installation is in
use; after a restore the list has what the database lacks.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.files import places
from app.base.models import JobRun, Suppression, Visit
from app.register.suppression import list_file, reviews

logger = logging.getLogger(__name__)

#: The row of job_run with the name of the installation; a restore notes there that the list must
#: be applied.
ROW = "suppressions"


class NoList(Exception):
    """There is no list of this installation: nothing may be served."""

    def __str__(self) -> str:
        """Return the sentence for operators."""
        return (
            f"{list_file.path()} is missing, or belongs to another installation: it lists what was "
            "suppressed, and this database may come from a backup. Nothing is served without it. "
            "Copy it there from a machine of the installation, or run `zaguan no-suppressions` if "
            "nothing was suppressed that this database still has."
        )


def begin(session: Session) -> None:
    """Name a new installation, and make its list.

    Only `zaguan setup` and `zaguan migrate` call this. Nothing happens if the installation has a
    name, or if its database came from a backup. If the data folder has a list, the installation
    takes its name. Raise OSError.
    """
    if not installation(session) and not _is_required(session):
        _name(session)


def _name(session: Session) -> None:
    """Note the name of the installation, and make or complete its list before this commits."""
    here = list_file.read()
    name = installation(session) or (here and here.installation) or secrets.token_hex(32)
    _note(session, name)
    write(session)


def _note(session: Session, name: str) -> None:
    now = calendar.now()
    row = {"name": ROW, "error": "", "started_at": now, "seen_at": now, "ended_at": now}
    db.insert_missing(session, JobRun, row | {"result": {}})
    session.execute(update(JobRun).where(JobRun.name == ROW).values(result={"installation": name}))


def installation(session: Session) -> str:
    """Return the name of the installation, 64 hexadecimal digits; "" before its setup."""
    result = session.scalar(select(JobRun.result).where(JobRun.name == ROW)) or {}
    return str(result.get("installation", ""))


def write(session: Session) -> int:
    """Add the suppressions to the list that it lacks. Return how many. Raise OSError.

    The worker of each machine repeats it.
    """
    rows = session.execute(
        select(Visit.code, Visit.versions, Suppression)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(Suppression.state == "suppressed")
        .order_by(Suppression.id)
    ).all()
    said = [_entry(code, versions, review) for code, versions, review in rows]
    return list_file.add(installation(session), said)


def try_to_write(session: Session) -> None:
    """Write the list after an act; on a full disk the worker writes it later."""
    try:
        write(session)
    except OSError:
        logger.exception("the list of suppressions cannot be written")


def exchange(engine: Engine) -> None:
    """Exchange with the bucket what the list of this machine or of another one lacks.

    If the bucket is away, the worker does it later.
    """
    with db.open_session(engine, writes=False) as session:
        name = installation(session)
    try:
        list_file.exchange(name)
    except (OSError, places.Away):
        logger.exception("the list of suppressions cannot be exchanged with the bucket")


def _entry(code: str, versions: int, review: Suppression) -> dict[str, Any]:
    decided_at = review.decided_at or review.hidden_at
    return {
        "visit": code,
        "versions": versions,
        "fields": review.fields,
        "ground": review.ground,
        "hidden_at": review.hidden_at.isoformat(),
        "decided_at": decided_at.isoformat(),
    }


def require(connection: Connection) -> None:
    """Note that this database came from a backup or another server: the list must be applied."""
    now = calendar.now()
    begun = {"started_at": now, "seen_at": now, "ended_at": None}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(JobRun).values(name=ROW, result={}, error="", **begun)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=begun))


def apply(session: Session) -> int:
    """Suppress again what the list has and the database lacks. Return how many times.

    Nothing here commits. Raise NoList if there is no list of this installation, and OSError if it
    cannot be read. Visits that the backup does not have are left out.
    """
    db.in_turn(session, "list of suppressions")
    entries = _of_this_installation(session)
    if entries is None:
        raise NoList
    done = sum(_apply(session, entry) for entry in entries)
    settle(session)
    return done


def _of_this_installation(session: Session) -> Sequence[Mapping[str, Any]] | None:
    """Return what the list has; None without a list of this installation."""
    here, name = list_file.read(), installation(session)
    return here.entries if here is not None and name and name == here.installation else None


def is_missing(session: Session) -> bool:
    """Return whether this machine has no list of this installation, or one that is unreadable."""
    if not installation(session) and not _is_required(session):
        return False  # it was never set up
    try:
        return _of_this_installation(session) is None
    except OSError:
        return True


def settle(session: Session) -> None:
    """Note that the list was applied, or that there was none."""
    session.execute(
        update(JobRun)
        .where(JobRun.name == ROW, JobRun.ended_at.is_(None))
        .values(ended_at=calendar.now())
    )


def declare_none(session: Session) -> None:
    """Note and log that nothing was suppressed that this database still has; make its list.

    Nothing happens if the list is there and was applied. Raise OSError.
    """
    if _of_this_installation(session) is None or _is_required(session):
        audit_log.write(session, "register.none_suppressed", actor_id=None)
        settle(session)
        _name(session)


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
        decided_at=datetime.fromisoformat(entry["decided_at"]),
    )
