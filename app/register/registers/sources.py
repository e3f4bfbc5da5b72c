"""Evidence from outside the register: an export that was read, a coordinator's statement.

Both are records of the entity, by environment; the newest one counts. They are written from the
register's pages, outside any step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Record, Register, User


def note_export(
    session: Session, register: Register, counted: Mapping[str, Any], by: User, file_id: str
) -> None:
    """Store an export's `visits`, `late_entries`, `first_on` and `last_on` (ISO or "")."""
    held = {"source": register.source, "file": file_id, "read_at": calendar.now().isoformat()}
    _write(session, register, "export", held | dict(counted), by)
    said = {"source": register.source, "visits": counted["visits"], "file": file_id}
    audit_log.of_register(session, "register.export_read", register, by.id, **said)


def state(session: Session, register: Register, said: Mapping[str, Any], by: User) -> None:
    """Store a coordinator's observation that no data can prove: `saw`, `why`, and either `figures`
    (of a demo, the ones that the coordinator saw) or `published` and `published_on`."""
    about = {"by": by.full_name, "on": calendar.today().isoformat()}
    _write(session, register, "statement", about | dict(said), by)
    audit_log.of_register(session, "register.stated", register, by.id, why=said["why"])


def _write(session: Session, register: Register, what: str, data: dict[str, Any], by: User) -> None:
    session.add(
        Record(
            entity_id=register.entity_id,
            name=f"{register.environment}_{what}",
            data=data,
            at=calendar.now(),
            by_id=by.id,
        )
    )
    session.flush()


def export_of(session: Session, register: Register) -> dict[str, Any] | None:
    """Return the contents of the last export; None if none was read from the current source."""
    found = _newest(session, register, f"{register.environment}_export")
    return found if found and found["source"] == register.source else None


def statement_of(session: Session, register: Register) -> dict[str, Any] | None:
    """Return the last statement of a coordinator about another source. There is none about Zaguán's
    own register: what that does not show was not done."""
    if register.source == "zaguan":
        return None
    return _newest(session, register, f"{register.environment}_statement")


def live_since(session: Session, register: Register) -> date:
    """Return the first day that a register can show: its opening, or its later going live."""
    opened_on = calendar.lima_day(register.opened_at)
    said = _newest(session, register, "production")
    if register.environment != "production" or not said:
        return opened_on
    return max(opened_on, date.fromisoformat(said["go_live_on"]))


def _newest(session: Session, register: Register, name: str) -> dict[str, Any] | None:
    return session.scalar(
        select(Record.data)
        .where(Record.entity_id == register.entity_id, Record.name == name)
        .order_by(Record.id.desc())
        .limit(1)
    )
