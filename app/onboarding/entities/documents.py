"""The documents of an entity, each with its versions: papers made here, and uploaded files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, files, formatting
from app.base.models import Entity, FileUse, User
from app.cases.papers import copies
from app.cases.papers.copies import Copy
from app.cases.status import Facts

#: At most this many of the newest files are read.
MOST = 200


@dataclass(frozen=True)
class Version:
    """A version of a document: the file as links show it, its number, its day in Lima, its author
    ("" for the system)."""

    file: dict[str, Any]
    number: int
    on: date
    who: str


@dataclass(frozen=True)
class Document:
    """A document; `detail` says which presentation it belongs to, "" where nothing says so."""

    title: str
    detail: str
    newest: Version
    earlier: Sequence[Version]


def documents(session: Session, entity: Entity, cases: Sequence[Facts]) -> list[Document]:
    """Return each document once, the newest first.

    It takes three statements. A paper that was made or signed again for the same presentation is
    another version of it. A document that validated a stage keeps its title and separate versions,
    even if others have the same title.
    """
    uses = session.scalars(
        select(FileUse)
        .where(FileUse.entity_id == entity.id, FileUse.kind != files.VISITS)
        .options(joinedload(FileUse.by).lazyload(User.grants))
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
        Document(
            newest.title, newest.detail, _version(newest), [_version(copy) for copy in earlier]
        )
        for newest, *earlier in found.values()
    ]


def _grounds(cases: Sequence[Facts]) -> Mapping[str, str]:
    """Return the documents that stages were validated by: file → title, which names the stages."""
    stages: dict[str, list[str]] = {}
    for facts in cases:
        for stage, validation in facts.row.validated.items():
            if document := validation.get("document"):
                stages.setdefault(document, []).append(facts.definition.element_name(stage))
    return {
        key: f"Sustento de convalidación: {formatting.listed(some)}" for key, some in stages.items()
    }


def _version(copy: Copy) -> Version:
    return Version(
        file=files.describe(copy.use) | {"name": copy.title},
        number=copy.version + 1,
        on=calendar.lima_day(copy.use.created_at),
        who=copy.use.by.full_name if copy.use.by else "",
    )
