"""Compare visits and roles each night with what the protected tables say of them (ADR 0110).

A visit's row and a grant are not protected: they are brought up to date. The newest version of the
visit, and the newest entry of the log about the role, are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, exists, func, select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.db import Stop, chain
from app.base.models import Grant, JobRun, LogEntry, Visit, VisitVersion
from app.register.facts import keys
from app.register.facts.declared import DEFAULTS
from app.register.visits.writing import search_text

#: The row of job_run with the position of the round and what was found.
ROW = "watched"
#: Visits that one statement reads.
BLOCK = 5000
#: The most rows of each kind that are named.
MOST = 100
ALARM = (
    " Hay datos, visitas o roles que no son como consta en ellos: avisa a quien opera la "
    "plataforma."
)
GRANTED, REVOKED = "person.role_granted", "person.role_revoked"


def watch(engine: Engine, stop: Stop) -> int:
    """Compare all roles, and visits from where the last night ended. Return how many differ.

    A finding stays until its row is as it should be.
    """
    with db.open_session(engine, writes=False) as session:
        before = _result(session)
        roles = list(_roles(session))[:MOST]
        gone = select(VisitVersion.visit_id).where(
            ~exists().where(Visit.id == VisitVersion.visit_id)
        )
        deleted = set(session.scalars(gone.distinct().limit(MOST)))
    visits, _ = _differing(engine, Visit.id.in_(before.get("visits", ())))
    visits |= deleted
    position = before.get("position", 0)
    while True:
        differ, position = _differing(engine, Visit.id > position)
        visits |= differ
        if not position or stop():
            break
    result = {"position": position, "visits": sorted(visits)[:MOST], "roles": roles}
    moments = dict.fromkeys(("started_at", "seen_at", "ended_at"), calendar.now())
    with db.writing(engine) as session:
        session.merge(JobRun(name=ROW, result=result, **moments))
    return len(visits) + len(roles)


def altered(session: Session) -> list[str]:
    """Return the visits and roles that differ, by their ids."""
    found = _result(session)
    return [f"visit {one}" for one in found.get("visits", ())] + list(found.get("roles", ()))


def sentences(session: Session) -> str:
    """Return the newest closing of the chain and what was found, for the daily mail."""
    chained, found = chain.read(session), altered(session)
    text = f" Último cierre de la cadena de hashes: {chained.noted}." if chained.number else ""
    return text + (ALARM if chained.faults or found else "")


def _result(session: Session) -> Mapping[str, Any]:
    return session.scalar(select(JobRun.result).where(JobRun.name == ROW)) or {}


def _differing(engine: Engine, which: ColumnElement[bool]) -> tuple[set[int], int]:
    """Return which visits of a block differ from their newest versions, and where it ends.

    0 for an end: no visit follows it.
    """
    newest = select(func.max(VisitVersion.number)).where(VisitVersion.visit_id == Visit.id)
    is_newest = VisitVersion.number == newest.correlate(Visit).scalar_subquery()
    query = (
        select(Visit, VisitVersion)
        .outerjoin(VisitVersion, (VisitVersion.visit_id == Visit.id) & is_newest)
        .where(which)
        .order_by(Visit.id)
        .limit(BLOCK)
    )
    with db.open_session(engine, writes=False) as session:
        rows = session.execute(query).all()
        differ = {visit.id for visit, newest in rows if not _is_as_protected(visit, newest)}
        return differ, rows[-1][0].id if len(rows) == BLOCK else 0


def _is_as_protected(visit: Visit, newest: VisitVersion | None) -> bool:
    """Return whether a visit has the values of its newest version, and what is derived of them."""
    if newest is None or newest.number != visit.versions:
        return False
    said = {**DEFAULTS, **newest.facts, **(newest.subject.data if newest.subject else {})}
    values = {name: getattr(visit, name) for name in said}
    return (
        all(_is_same(value, said[name]) for name, value in values.items())
        and visit.rank == keys.rank(visit.entry_at or calendar.midnight(visit.visit_on), visit.id)
        and visit.search_text == search_text(values)
    )


def _is_same(value: Any, said: Any) -> bool:
    """Return whether a value is the stored one; a moment may be stored with any offset."""
    if isinstance(value, datetime) and said:
        return value == datetime.fromisoformat(said)
    return bool(formatting.iso(value) == said)


def _roles(session: Session) -> Iterator[str]:
    """Yield the roles that a person has and did not get by the log, and the reverse."""
    entries = (
        select(LogEntry.kind, LogEntry.entity_id, LogEntry.data)
        .where(LogEntry.kind.in_((GRANTED, REVOKED)))
        .order_by(LogEntry.id)
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
