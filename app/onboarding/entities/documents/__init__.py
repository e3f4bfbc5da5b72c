"""The documents of an entity, each with its versions: papers made here, and uploaded files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, files, formatting
from app.base.models import Entity, FileUse, Filing, User
from app.cases.papers import copies
from app.cases.papers.copies import Copy
from app.cases.status import Facts, versions

CERTIFICATE = "constancia"
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
    #: Since when it has no effect: it was made again before it was presented. None otherwise.
    void_on: date | None


@dataclass(frozen=True)
class Document:
    """A document; `detail` tells it from others of the same title, "" where nothing does."""

    title: str
    detail: str
    newest: Version
    earlier: Sequence[Version]


@dataclass(frozen=True)
class Group:
    """Documents under a heading: those of a presentation, or others."""

    #: The anchor on the page.
    key: str
    name: str
    #: The constancia of a presentation, and its page; "" for other documents.
    about: str
    url: str
    documents: Sequence[Document]


def groups(session: Session, entity: Entity, cases: Sequence[Facts]) -> list[Group]:
    """Return each document once: the constancia, presentations from the newest on, then others.

    It takes three statements. A paper that was made or signed again for the same presentation is
    another version of it. A document that validated a stage keeps its title and separate versions,
    even if others have the same title.
    """
    uses = session.scalars(
        select(FileUse)
        .where(FileUse.entity_id == entity.id, copies.IS_LISTED)
        .options(joinedload(FileUse.by).lazyload(User.grants))
        .order_by(FileUse.created_at.desc(), FileUse.id)
        .limit(MOST)
    ).all()
    grounds = _grounds(session, cases)
    found: dict[tuple[Any, ...], list[Copy]] = {}
    for copy in copies.copies_of(session, uses):
        copy.title = grounds.get(copy.use.id, copy.title)
        key = (copy.use.id,) if copy.use.id in grounds else copy.document
        found.setdefault(key, []).append(copy)
    grouped: dict[str, list[list[Copy]]] = defaultdict(list)
    for several in found.values():
        grouped[_group_of(several[0])].append(several)
    first = {key: several[0][0] for key, several in grouped.items()}
    order = sorted(grouped, key=lambda key: _place(key, first[key]))
    return [_group(entity, key, first[key], grouped[key]) for key in order]


def _group_of(copy: Copy) -> str:
    """Return the key of a document's group, which is its anchor."""
    if copy.paper == CERTIFICATE:
        return "constancia"
    if copy.filing is not None:
        return f"presentacion-{copy.filing.id}"
    if copy.detail == copies.NOT_PRESENTED:
        return "sin-presentar"
    return "por-presentar" if copy.paper in copies.PRESENTED else "otros"


def _place(key: str, newest: Copy) -> tuple[int, int]:
    """Return the order of a group: presentations from the newest on, the others around them."""
    if newest.filing is not None:
        return 2, -newest.filing.id
    return {"constancia": 0, "por-presentar": 1, "sin-presentar": 3}.get(key, 4), 0


#: What was presented, by the kind of the presentation.
KINDS = {
    "designation": "Designación del administrador",
    "personnel": "Relación de personal para producción",
}
#: Key of a group → its heading; presentations have their own.
NAMES = {
    "constancia": "Constancia",
    "por-presentar": "Por presentar",
    "sin-presentar": "No se presentaron",
    "otros": "Otros documentos",
}


def _group(entity: Entity, key: str, first: Copy, found: Sequence[Sequence[Copy]]) -> Group:
    filing = first.filing
    documents = [_document(newest, earlier, filing) for newest, *earlier in found]
    if filing is None:
        return Group(key, NAMES[key], "", "", documents)
    called = f"expediente {filing.cut}" if filing.cut else f"constancia {filing.number}"
    about = f"Presentada el {formatting.moment(filing.presented_at)}"
    url = url_for("filings.show", code=entity.code, number=filing.id)
    return Group(key, f"{KINDS[filing.kind]}: {called}", about, url, documents)


def _document(newest: Copy, earlier: Sequence[Copy], filing: Filing | None) -> Document:
    """Return a document; its group says already to which presentation it belongs."""
    is_said = filing or newest.detail in (copies.TO_APPEAR, copies.NOT_PRESENTED)
    detail = "" if is_said else newest.detail
    return Document(newest.title, detail, _version(newest), [_version(copy) for copy in earlier])


def _grounds(session: Session, cases: Sequence[Facts]) -> Mapping[str, str]:
    """Return the documents that stages were validated by: file → title, which names the stages."""
    stages: dict[str, list[str]] = {}
    validated = [facts.row for facts in cases if facts.row.validated]
    for row, known in zip(validated, versions.of_cases(session, validated).values(), strict=True):
        for stage, validation in row.validated.items():
            if document := validation.get("document"):
                stages.setdefault(document, []).append(known.name(stage))
    return {
        key: f"Sustento de convalidación: {formatting.listed(some)}" for key, some in stages.items()
    }


def _version(copy: Copy) -> Version:
    return Version(
        file=files.describe(copy.use) | {"name": copy.title},
        number=copy.version + 1,
        on=calendar.lima_day(copy.use.created_at),
        who=copy.use.by.full_name if copy.use.by else "",
        void_on=calendar.lima_day(copy.use.void_at) if copy.use.void_at else None,
    )
