"""Marks of suppressed visits, so that a later import does not bring their data back.

A mark is a keyed hash (HMAC) of what identifies a visit in a file. Without the installation's
secret nobody finds a person by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Suppression, Visit, VisitVersion
from app.register.facts import keys

#: Prefix of the submissions of imported rows.
IMPORTED = "past:"

#: Day, minute ("" without), visitor and official as searches compare them.
Place = tuple[date, str, str, str]


def place_of(visit: Mapping[str, Any]) -> Place:
    """Return what identifies a visit besides its document: place, visitor and official."""
    return (
        visit["visit_on"],
        minute_of(visit["entry_at"]),
        plain(visit["visitor_name"]),
        plain(visit["official_name"]),
    )


def minute_of(moment: datetime | None) -> str:
    """Return the minute of a moment in Lima; "" for none."""
    return f"{moment.astimezone(calendar.LIMA):%H:%M}" if moment else ""


def of_place(place: Place) -> str:
    """Return the mark of a place."""
    return keys.mark("place", *map(str, place))


def of_submission(submission: str) -> str:
    """Return the mark of an imported row."""
    return keys.mark("submission", submission)


def of_visit(visit: Visit, versions: Iterable[VisitVersion]) -> list[str]:
    """Return the marks of a visit before its visitor is removed, as each version wrote it."""
    return sorted({*_of(visit, versions)})


def _of(visit: Visit, versions: Iterable[VisitVersion]) -> Iterator[str]:
    if visit.submission and visit.submission.startswith(IMPORTED):
        yield of_submission(visit.submission)
    for version in versions:
        said: dict[str, Any] = {
            **version.facts,
            **(version.subject.data if version.subject else {}),
        }
        if "visitor_name" not in said:
            continue
        entry_at = said["entry_at"]
        yield of_place(
            place_of(
                {
                    **said,
                    "visit_on": date.fromisoformat(said["visit_on"]),
                    "entry_at": datetime.fromisoformat(entry_at) if entry_at else None,
                }
            )
        )


def of_register(session: Session, register_id: int) -> frozenset[str]:
    """Return the marks of all suppressed visits of a register."""
    found = session.scalars(
        select(Suppression.marks)
        .join(Visit, Visit.id == Suppression.visit_id)
        .where(Visit.register_id == register_id, Suppression.state == "suppressed")
    )
    return frozenset(one for several in found for one in several or ())
