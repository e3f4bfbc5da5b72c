"""The one place that writes visits: the current row, and the version that stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.formatting import plain
from app.base.models import Register, Visit, VisitSubject, VisitVersion
from app.register.facts import keys
from app.register.facts.declared import FACTS, SUBJECT

Values = Mapping[str, Any]

#: Rows written at once.
BATCH = 2000
#: Inserted as tables: the ORM would insert rows with different empty fields separately.
TABLES = tuple(cast("Table", one.__table__) for one in (Visit, VisitVersion, VisitSubject))


def add_all(
    session: Session,
    register: Register,
    rows: Iterable[Values],
    *,
    act: str,
    at: datetime,
    by_id: int | None,
) -> list[int]:
    """Write new visits with their first version. Return their ids, in order.

    Each of `rows` has every name of FACTS and SUBJECT except `visitor_key`, `state` and
    `cut_off_on`, and `submission`; a visit that was registered elsewhere before has `recorded_at`.
    Raises IntegrityError where the register has a visit of that submission.
    """
    number = keys.change_number(session)
    left, written = iter(rows), list[int]()
    while batch := list(islice(left, BATCH)):
        written += _add(session, register, batch, act, at, by_id, number)
    return written


def _add(
    session: Session,
    register: Register,
    batch: Sequence[Values],
    act: str,
    at: datetime,
    by_id: int | None,
    number: int,
) -> list[int]:
    ids = list(keys.next_ids(session, len(batch), Visit))
    version_ids = keys.next_ids(session, len(batch), VisitVersion)
    whole = [_completed(row) for row in batch]
    visits = [
        {
            "recorded_at": at,
            **row,
            "id": visit_id,
            "code": keys.new_code(),
            "register_id": register.id,
            "rank": _rank(row, visit_id),
            "changed_at": at,
            "changed_in": number,
            "versions": 1,
            "recorded_by_id": by_id,
            "search_text": search_text(row),
        }
        for visit_id, row in zip(ids, whole, strict=True)
    ]
    versions = [
        {
            "id": version_id,
            "visit_id": visit_id,
            "number": 1,
            "act": act,
            "at": at,
            "by_id": by_id,
            "reason": "",
            "facts": facts_of(row),
        }
        for version_id, visit_id, row in zip(version_ids, ids, whole, strict=True)
    ]
    subjects = [
        {"version_id": version_id, "data": {name: row[name] for name in SUBJECT}}
        for version_id, row in zip(version_ids, whole, strict=True)
    ]
    written: tuple[list[dict[str, Any]], ...] = (visits, versions, subjects)
    for table, rows in zip(TABLES, written, strict=True):
        session.execute(insert(table), rows)
    return ids


def change(
    session: Session,
    visit: Visit,
    *,
    act: str,
    by_id: int | None,
    at: datetime | None = None,
    reason: str = "",
    **values: Any,
) -> VisitVersion:
    """Write another version of a visit that the session holds locked (`db.locked`).

    `at` is now by default.
    """
    at = at or calendar.now()
    for name, value in values.items():
        setattr(visit, name, value)
    whole = _completed({name: getattr(visit, name) for name in (*FACTS, *SUBJECT)})
    visit.visitor_key = whole["visitor_key"]
    visit.rank = _rank(whole, visit.id)
    visit.search_text = search_text(whole)
    visit.changed_at, visit.changed_in = at, keys.change_number(session)
    visit.versions += 1
    version = VisitVersion(
        visit_id=visit.id,
        number=visit.versions,
        act=act,
        at=at,
        by_id=by_id,
        reason=reason,
        facts=facts_of(whole),
        subject=VisitSubject(data={name: whole[name] for name in SUBJECT}),
    )
    session.add(version)
    session.flush()
    return version


def _completed(row: Values) -> dict[str, Any]:
    key = keys.visitor_key(row["document_type"], row["document_number"])
    return {"state": "standing", "cut_off_on": None, **row, "visitor_key": key}


def _rank(row: Values, visit_id: int) -> int:
    """Return the rank by the entry; where only the day is known, by the start of the day."""
    return keys.rank(row["entry_at"] or calendar.midnight(row["visit_on"]), visit_id)


def facts_of(row: Values) -> dict[str, Any]:
    """Return the facts that a version keeps forever; moments and dates as ISO text."""
    return {name: formatting.iso(row[name]) for name in FACTS}


def search_text(row: Values) -> str:
    """Return visitor, official, represented entity and motive for searches; never a number."""
    parts = (row["visitor_name"], row["official_name"], row["visitor_entity"], row["motive"])
    return plain(" ".join(part for part in parts if part))
