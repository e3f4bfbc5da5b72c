"""The right to read the stored files of cases, and the log of readings by the PCM."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from app.base import audit_log, db, files
from app.base.models import FileUse, User
from app.people import access


def readable(session: Session, user: User | None, file_id: str) -> FileUse | None:
    """Return a stored file that a user may read; None if there is none, or they may not.

    Files of a register of visits are never served from here.
    """
    use = session.get(FileUse, file_id)
    if use is None or use.kind == files.VISITS:
        return None
    return use if access.may(user, "read_file", use.entity_id) else None


def log_reading(use: FileUse, user: User | None) -> None:
    """Log, and commit, that a user of the PCM read a file: papers show whole document numbers."""
    if user is None or not access.roles_of(user):
        return
    with db.writing(current_app) as session:
        audit_log.write(
            session,
            "file.read",
            actor_id=user.id,
            entity_id=use.entity_id,
            instance_id=use.instance_id,
            name=files.title_of(use),
            file=use.id,
        )
