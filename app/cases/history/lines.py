"""The log in sentences: who, when, what, old and new value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base.models import Entity, FileUse, LogEntry, Record, User
from app.cases.history import changes
from app.cases.history.catalogue import EVENTS
from app.cases.papers import copies
from app.register.facts import open_texts

#: Kinds of entries about one file, and those that a signed constancia may belong to.
ABOUT_FILES = frozenset(
    {"file.uploaded", "file.as_is", "file.read", "paper.issued", "paper.annulled"}
)
#: Kinds of entries about a reader who looked at something and changed nothing.
LOOKS = ("file.read", "dossier.read", "review.opened", "data.read")
CERTIFYING = frozenset({"task.completed", "process.ended"})


class NamedFile(NamedTuple):
    """A file that an entry is about: its id, its official name, and whether it is a document of
    the entity (`copies.IS_LISTED`)."""

    id: str
    name: str
    is_listed: bool = True


@dataclass(frozen=True)
class Line:
    """A log entry as it is shown."""

    at: datetime
    who: str
    text: str
    detail: str = ""
    changes: tuple[str, ...] = ()
    #: The file that the entry is about, for those who may read it.
    file: NamedFile | None = None


def describe_all(session: Session, entries: Sequence[LogEntry]) -> list[Line]:
    """Return log entries as lines. Files are looked up for their official names."""
    named_files = _files(session, entries)
    return [describe(entry, named_files.get(entry.id)) for entry in entries]


def _files(session: Session, entries: Sequence[LogEntry]) -> dict[int, NamedFile]:
    """Return the file that each entry is about, by the entry's id, with its official name."""
    about = {one.id: one.data.get("file", "") for one in entries if one.kind in ABOUT_FILES}
    about |= {one.id: one.data["document"] for one in entries if one.kind == "stage.validated"}
    certifying = [one for one in entries if one.kind in CERTIFYING and one.instance_id]
    cases = {one.instance_id for one in certifying}
    query = select(Record).where(Record.name == "certificate", Record.instance_id.in_(cases))
    signed = session.scalars(query.order_by(Record.id)).all() if certifying else ()
    of_task = {one.task_id: (one.data.get("file") or {}).get("id", "") for one in signed}
    of_case = {one.instance_id: of_task[one.task_id] for one in signed}
    for one in certifying:
        if one.kind == "task.completed":
            about[one.id] = of_task.get(one.task_id, "")
        else:
            about[one.id] = of_case.get(one.instance_id, "")
    ids = {file_id for file_id in about.values() if file_id}
    if not ids:
        return {}
    rows = session.execute(select(FileUse, copies.IS_LISTED).where(FileUse.id.in_(ids))).all()
    listed = {use.id: is_listed for use, is_listed in rows}
    found = {
        copy.use.id: NamedFile(copy.use.id, copy.title, listed[copy.use.id])
        for copy in copies.copies_of(session, [use for use, _ in rows])
    }
    return {entry_id: found[file_id] for entry_id, file_id in about.items() if file_id in found}


def describe(entry: LogEntry, file: NamedFile | None = None) -> Line:
    """Return a log entry as a line. An undeclared kind is shown as it is.

    Reasons may contain document numbers that users typed: these are masked for every reader.
    """
    event = EVENTS.get(entry.kind)
    data = {**entry.data, "file_name": file.name if file else "sin nombre"}
    who = entry.actor.full_name if entry.actor else "El sistema"
    if data.get("on_behalf_of"):
        who = f"{who}, en reemplazo de {data['on_behalf_of']['name']}"
    elif data.get("dictated_by") and entry.kind != "task.dictation_noted":
        author = data["dictated_by"]
        who = f"{who}, por encargo de {author['name']} ({author['post']})"
    elif data.get("imported_from"):
        who = f"{who}, por importación ({data['imported_from']})"
    elif data.get("in_batch"):
        who = f"{who}, en lote"
    elif data.get("allowed_by") and entry.kind == "task.completed":
        who = f"{who}, con permiso de {data['allowed_by']['name']}"
    if data.get("proposer"):
        who = f"{who}, como propuso {data['proposer']}"
    return Line(
        at=entry.at,
        who=who,
        text=open_texts.masked(event.text(data) if event else entry.kind),
        detail=open_texts.masked(_detail(entry.kind, data)),
        changes=tuple(map(open_texts.masked, changes.describe(data.get("changed", {})))),
        file=file,
    )


def _detail(kind: str, data: Mapping[str, Any]) -> str:
    """Return the reason or purpose as it was typed; a coded one is in the sentence."""
    coded = kind == "protection.suppressed"
    return "" if coded else str(data.get("reason") or data.get("purpose") or "")


def recent(session: Session, entity: Entity, count: int) -> Sequence[Line]:
    """Return the newest lines of an entity's history, without those of a reader who looked."""
    query = select(LogEntry).where(LogEntry.entity_id == entity.id, LogEntry.kind.not_in(LOOKS))
    query = query.options(joinedload(LogEntry.actor).lazyload(User.grants))
    newest = query.order_by(LogEntry.id.desc()).limit(count)
    return describe_all(session, session.scalars(newest).all())
