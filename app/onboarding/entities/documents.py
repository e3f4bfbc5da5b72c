"""The documents of an entity, each with its versions: papers made here, and files brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, files, formatting
from app.base.models import Entity, FileUse
from app.cases.papers import copies
from app.cases.papers.copies import Copy
from app.cases.status import Facts

#: So many of the newest files are looked at.
MOST = 200


def documents(session: Session, entity: Entity, cases: Sequence[Facts]) -> list[dict[str, Any]]:
    """Each document once, the newest first: its title, its newest file, and the earlier ones.

    Three statements. A paper that was made or signed again for the same presentation is another
    version of it. What a stage was validated by stays what it was, whatever others are called.
    """
    uses = session.scalars(
        select(FileUse)
        .where(FileUse.entity_id == entity.id, FileUse.kind != files.VISITS)
        .options(joinedload(FileUse.by))
        .order_by(FileUse.created_at.desc(), FileUse.id)
        .limit(MOST)
    ).all()
    grounds = _grounds(cases)
    found: dict[tuple[Any, ...], list[Copy]] = {}
    for copy in copies.copies_of(session, uses):
        copy.title = grounds.get(copy.use.id, copy.title)
        key = (copy.use.id,) if copy.use.id in grounds else copy.document
        found.setdefault(key, []).append(copy)
    return [
        {
            "title": versions[0].title,
            "detail": versions[0].detail,
            "newest": _version(versions[0]),
            "earlier": [_version(copy) for copy in versions[1:]],
        }
        for versions in found.values()
    ]


def _grounds(cases: Sequence[Facts]) -> Mapping[str, str]:
    """By what stages were validated: file → its title, which names them."""
    stages: dict[str, list[str]] = {}
    for facts in cases:
        for stage, said in facts.row.validated.items():
            if document := said.get("document"):
                stages.setdefault(document, []).append(facts.definition.element_name(stage))
    return {
        key: f"Sustento de convalidación: {formatting.listed(some)}" for key, some in stages.items()
    }


def _version(copy: Copy) -> dict[str, Any]:
    return {
        "file": files.describe(copy.use) | {"name": copy.title},
        "number": copy.version + 1,
        "on": calendar.lima_day(copy.use.created_at),
        "who": copy.use.by.full_name if copy.use.by else "",
    }
