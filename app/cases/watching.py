"""Compare visits and roles each night with what the protected tables say of them (ADR 0110).

A visit's row and a grant are not protected: they are brought up to date. The newest version of the
visit, and the newest entry of the log about the role, are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select, update
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.db import Stop, chain
from app.base.models import Grant, JobRun, LogEntry, Visit, VisitSubject, VisitVersion
from app.register.facts import keys
from app.register.facts.declared import DEFAULTS, FACTS, SUBJECT
from app.register.visits.writing import search_text

#: The row of job_run with the position of the round and what was found.
ROW = "watched"
#: Visits that one statement reads.
BLOCK = 5000
#: The most rows of each kind that are named.
MOST = 100
ALARM = (
    "Hay datos protegidos que no coinciden con su cadena de hashes ({chain}), o visitas y roles "
    "que no coinciden con ellos ({found}): avisa a quien opera la plataforma."
)
GRANTED, REVOKED = "person.role_granted", "person.role_revoked"


def watch(engine: Engine, stop: Stop) -> int:
    """Compare all roles, and visits from where the last night ended. Return how many differ.

    A finding stays until its row is as it should be.
    """
    with db.open_session(engine, writes=False) as session:
        before = _result(session)
        roles = list(_roles(session))[:MOST]
    position, visits = before.get("position", 0), set(before.get("visits", ()))
    while not stop():
        with db.open_session(engine, writes=False) as session:
            rows = session.execute(_visits(position)).all()
        until = rows[-1].id if len(rows) == BLOCK else None
        visits = {one for one in visits if one <= position or (until and one > until)}
        visits |= {row.id for row in rows if not _is_as_protected(row)}
        position = until or 0
        if until is None:
            break
    _note(engine, {"position": position, "visits": sorted(visits)[:MOST], "roles": roles})
    return len(visits) + len(roles)


def altered(session: Session) -> list[str]:
    """Return the visits and roles that differ, by their ids."""
    found = _result(session)
    return [f"visit {one}" for one in found.get("visits", ())] + list(found.get("roles", ()))


def sentences(session: Session) -> str:
    """Return the newest closing of the chain and the number of findings, for the daily mail."""
    chained, found = chain.read(session), len(altered(session))
    text = ""
    if chained.number:
        text += f" Último cierre de la cadena de hashes: {chained.number}, {chained.hash}."
    if chained.faults or found:
        text += f" {ALARM.format(chain=len(chained.faults), found=found)}"
    return text


def _result(session: Session) -> Mapping[str, Any]:
    return session.scalar(select(JobRun.result).where(JobRun.name == ROW)) or {}


def _note(engine: Engine, result: Mapping[str, Any]) -> None:
    now = calendar.now()
    values = {"started_at": now, "seen_at": now, "ended_at": now, "result": result}
    with db.writing(engine) as session:
        db.insert_missing(session, JobRun, {"name": ROW, "error": "", **values})
        session.execute(update(JobRun).where(JobRun.name == ROW).values(values))


def _visits(position: int) -> Any:
    """Select a block of visits with their newest versions."""
    newest = select(func.max(VisitVersion.number)).where(VisitVersion.visit_id == Visit.id)
    columns = (getattr(Visit, name) for name in (*FACTS, *SUBJECT))
    return (
        select(Visit.id, Visit.versions, Visit.rank, Visit.search_text, *columns)
        .add_columns(VisitVersion.number, VisitVersion.facts, VisitSubject.data)
        .outerjoin(
            VisitVersion,
            (VisitVersion.visit_id == Visit.id)
            & (VisitVersion.number == newest.correlate(Visit).scalar_subquery()),
        )
        .outerjoin(VisitSubject, VisitSubject.version_id == VisitVersion.id)
        .where(Visit.id > position)
        .order_by(Visit.id)
        .limit(BLOCK)
    )


def _is_as_protected(row: Row[Any]) -> bool:
    """Return whether a visit has the values of its newest version, and what is derived of them."""
    values = dict(row._mapping)
    said = {**DEFAULTS, **(row.facts or {}), **(row.data or {})}
    moment = row.entry_at or calendar.midnight(row.visit_on)
    return (
        row.versions == row.number
        and all(_is_same(values[name], said.get(name)) for name in (*FACTS, *SUBJECT))
        and row.rank == keys.rank(moment, row.id)
        and row.search_text == search_text(values)
    )


def _is_same(value: Any, said: Any) -> bool:
    """Return whether a value is the stored one; a moment may be stored with any offset."""
    if isinstance(value, datetime) and isinstance(said, str):
        return value == datetime.fromisoformat(said)
    return bool(formatting.iso(value) == said)


def _roles(session: Session) -> Iterator[str]:
    """Yield the roles that a person has and did not get by the log, and the reverse."""
    entries = (
        select(LogEntry.kind, LogEntry.entity_id, LogEntry.data)
        .where(LogEntry.kind.in_((GRANTED, REVOKED)))
        .order_by(LogEntry.id)
        .execution_options(yield_per=BLOCK)
    )
    given: dict[tuple[Any, ...], bool] = {
        (data["person_id"], entity_id, data["role"]): kind == GRANTED
        for kind, entity_id, data in session.execute(entries)
    }
    held = select(Grant.user_id, Grant.entity_id, Grant.role, Grant.id)
    for *key, grant_id in session.execute(held.where(Grant.until_at.is_(None))):
        if not given.pop(tuple(key), False):
            yield f"role {grant_id}"
    for (user_id, _, role), is_given in given.items():
        if is_given:
            yield f"role {role} of user {user_id}"
