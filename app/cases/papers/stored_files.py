"""The right to read the stored files of cases, and the log of readings by the PCM.

A download is one reading. A paper seen page by page is one reading for `ONE_READING`, however many
of its pages and pictures are sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, files
from app.base.models import FileUse, LogEntry, ProcessInstance, User
from app.cases.papers import copies
from app.people import access, readings

ONE_READING = timedelta(minutes=30)


def readable(session: Session, user: User | None, file_id: str) -> FileUse | None:
    """Return a stored file that a user may read; None if there is none, or they may not.

    Users of the PCM also read what the Despacho uploaded and did not register; users of an entity
    do not (`copies.IS_LISTED`). Files of a register of visits are never served from here.
    """
    of_pcm = access.may(user, "read_file")
    shown = FileUse.kind != files.VISITS if of_pcm else copies.IS_LISTED
    use = session.scalars(select(FileUse).where(FileUse.id == file_id, shown)).one_or_none()
    if use is None or not access.may(user, "read_file", use.entity_id):
        return None
    readings.about(use.entity_id)
    return use


def log_reading(use: FileUse, user: User | None) -> None:
    """Log, and commit, that a user of the PCM read a file: papers show whole document numbers."""
    log_readings([use], user)


def log_readings(uses: Iterable[FileUse], user: User | None) -> None:
    """Log, and commit, that a user of the PCM read some files."""
    if user is None or not access.roles_of(user):
        return
    with db.writing(current_app) as session:
        for use in uses:
            audit_log.write(
                session,
                "file.read",
                actor_id=user.id,
                entity_id=use.entity_id,
                instance_id=use.instance_id,
                name=files.title_of(use),
                file=use.id,
            )


def log_dossier(instance: ProcessInstance, papers: int, user: User | None) -> None:
    """Log, and commit, that a user of the PCM took all papers of a case."""
    if user is None or not access.roles_of(user):
        return
    with db.writing(current_app) as session:
        audit_log.write(
            session,
            "dossier.read",
            actor_id=user.id,
            entity_id=instance.entity_id,
            instance_id=instance.id,
            process=instance.process,
            papers=papers,
        )


#: (user, file) → when the reading was logged, as far as this process knows.
_logged: dict[tuple[int, str], datetime] = {}
MOST_KNOWN = 10_000


def log_viewing(session: Session, use: FileUse, user: User | None) -> None:
    """Log, and commit, that a user of the PCM sees pages of a file, unless it is one reading.

    It may be called for every page and picture.
    """
    if user is None or not access.roles_of(user):
        return
    now, key = calendar.now(), (user.id, use.id)
    logged_at = _logged.get(key)
    if logged_at is None or now - logged_at >= ONE_READING:
        logged_at = _newest_reading(session, use, user, now - ONE_READING)
        if logged_at is None:
            log_reading(use, user)
        if len(_logged) >= MOST_KNOWN:
            _logged.clear()
        _logged[key] = logged_at or now


def _newest_reading(session: Session, use: FileUse, user: User, since: datetime) -> datetime | None:
    readings = session.execute(
        select(LogEntry.at, LogEntry.data)
        .where(
            LogEntry.entity_id == use.entity_id,
            LogEntry.kind == "file.read",
            LogEntry.actor_id == user.id,
            LogEntry.at > since,
        )
        .order_by(LogEntry.id.desc())
    )
    return next((at for at, data in readings if data.get("file") == use.id), None)
