"""Records that are documents: versions by name, the newest counts. Papers that were made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import Delete, Select, and_, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

import forms
from app.base import calendar, files
from app.base.db.membership import among
from app.base.definitions import definition_of
from app.base.models import (
    Entity,
    FileUse,
    Filing,
    IssuedPaper,
    PersonnelRow,
    ProcessInstance,
    Record,
    Task,
    User,
)
from app.cases.case import Case
from app.cases.records import entity
from forms.records import FileRef, PaperRef, PrintedRecords

#: The papers of an instance that are not void, the oldest first, with their numbers.
PAPERS = (
    select(FileUse, IssuedPaper, Task.step)
    .outerjoin(Task, Task.id == FileUse.task_id)
    .outerjoin(IssuedPaper, IssuedPaper.file_id == FileUse.id)
    .where(
        FileUse.instance_id == bindparam("instance_id"),
        FileUse.kind != files.UPLOAD,
        FileUse.void_at.is_(None),
    )
    .order_by(FileUse.created_at, IssuedPaper.replaced_by.is_(None), FileUse.id)
)


def newest(case: Case, name: str, *, of_entity: bool = False) -> Record | None:
    """Return the newest version of a document of the instance, or of the entity."""
    return case.session.scalars(_newest_first(case, name, of_entity=of_entity)).first()


def as_of(case: Case, name: str, moment: datetime, *, of_entity: bool = True) -> Record | None:
    """Return the version of a document that was the newest at a moment."""
    versions = _newest_first(case, name, of_entity=of_entity)
    return case.session.scalars(versions.where(Record.at <= moment)).first()


def _newest_first(case: Case, name: str, *, of_entity: bool) -> Select[Record]:
    """Return the query of the newest version of a document; conditions can be added."""
    owner = (
        Record.entity_id == case.entity.id if of_entity else Record.instance_id == case.instance.id
    )
    query = select(Record).where(owner, Record.name == name)
    return query.order_by(Record.id.desc()).limit(1)


def read(case: Case, name: str, *, of_entity: bool = False) -> Any:
    """Return the value of the newest version, or None."""
    record = newest(case, name, of_entity=of_entity)
    return record.data if record else None


def read_all(
    case: Case,
    of_entity: Collection[str],
    of_instance: Collection[str],
    reviews: Collection[str] = (),
) -> dict[str, Any]:
    """Return the newest values of documents of the entity, and of the instance, by name.

    `reviews`: the documents of the instance that are read with the name of their reviewer. One
    statement for any number of names, none for no name; a name without a document is left out.
    """
    if not of_entity and not of_instance:
        return {}
    ids = (
        select(func.max(Record.id))
        .where(
            or_(
                and_(Record.entity_id == case.entity.id, Record.name.in_(of_entity)),
                and_(Record.instance_id == case.instance.id, Record.name.in_(of_instance)),
            )
        )
        .group_by(Record.name)
    )
    rows = case.session.scalars(select(Record).where(Record.id.in_(ids)))
    return {
        row.name: _with_reviewer(case.session, row) if row.name in reviews else row.data
        for row in rows
    }


def reviewed(name: str) -> Callable[[Case], Any]:
    """Return a reader of a review, which adds the name of the reviewer (`by`)."""

    def read_review(case: Case) -> Any:
        record = newest(case, name)
        return _with_reviewer(case.session, record) if record else None

    return read_review


def _with_reviewer(session: Session, record: Record) -> Any:
    by = session.get(User, record.by_id) if record.by_id else None
    return record.data | {"by": by.full_name if by else ""}


#: Paper of the PCM → the documents that it states: of the entity, and of the instance.
STATED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "constancia": (("administrator", "decision_makers"), ("production",)),
    "oficio_reiteracion": (("authority",), ("letter",)),
    "comunicacion_control": ((), ("control_notice",)),
}


def printed(kind: str) -> Callable[[Case], PrintedRecords | None]:
    """Return a reader of the records from which the newest paper of a kind was made."""

    def read_printed(case: Case) -> PrintedRecords | None:
        made = case.session.scalars(
            select(FileUse)
            .where(
                FileUse.instance_id == case.instance.id,
                FileUse.kind == kind,
                FileUse.void_at.is_(None),
            )
            .order_by(FileUse.created_at.desc(), FileUse.id.desc())
            .limit(1)
        ).first()
        if made is None:
            return None
        found: dict[str, Any] = {"entity": entity.read_as_of(case, made.created_at)}
        of_entity, of_instance = STATED[kind]
        for name in (*of_entity, *of_instance):
            record = as_of(case, name, made.created_at, of_entity=name in of_entity)
            found[name] = record.data if record else None
        return cast("PrintedRecords", found)

    return read_printed


def newest_of_entities(session: Session, name: str, ids: Sequence[int]) -> dict[int, Record]:
    """Return the newest version of an entity's document, of each entity that has one."""
    rows = session.scalars(select(Record).where(Record.id.in_(_newest_ids(name, ids))))
    return {row.entity_id: row for row in rows}


def _newest_ids(name: str, ids: Sequence[int]) -> Select[int]:
    """Return the query of the ids of the newest versions of a document, of some entities."""
    return (
        select(func.max(Record.id))
        .where(Record.name == name, among(Record.entity_id, ids))
        .group_by(Record.entity_id)
    )


def of_entities(session: Session, name: str, ids: Sequence[int]) -> dict[int, Any]:
    """Return a document of `records.OF_ENTITY` of many entities at once, of each that has one."""
    query = select(Record.entity_id, Record.data).where(Record.id.in_(_newest_ids(name, ids)))
    return {row.entity_id: row.data for row in session.execute(query)}


def of_instances(
    session: Session, names: Collection[str], ids: Sequence[int]
) -> dict[tuple[int, str], Any]:
    """Return documents of `records.OF_INSTANCE` of many instances at once, by instance and name."""
    newest_ids = (
        select(func.max(Record.id))
        .where(Record.name.in_(names), among(Record.instance_id, ids))
        .group_by(Record.instance_id, Record.name)
    )
    query = select(Record.instance_id, Record.name, Record.data).where(Record.id.in_(newest_ids))
    return {(row.instance_id, row.name): row.data for row in session.execute(query)}


def authorities_since(
    session: Session, ids: Sequence[int]
) -> dict[int, tuple[dict[str, Any], date]]:
    """Return the authority of each entity that has one, and since when.

    That is the day on which they took office or, if unknown, the day of registration.
    """
    rows = newest_of_entities(session, "authority", ids)
    return {
        id_: (
            row.data,
            date.fromisoformat(row.data["since_on"])
            if row.data.get("since_on")
            else calendar.lima_day(row.at),
        )
        for id_, row in rows.items()
    }


def write(case: Case, name: str, value: Any) -> Record:
    """Add a version."""
    record = Record(
        entity_id=case.entity.id,
        instance_id=case.instance.id,
        task_id=case.task.id if case.task else None,
        name=name,
        data=value,
        at=calendar.now(),
        by_id=case.actor_id,
    )
    case.session.add(record)
    case.session.flush()
    return record


def write_of_entity(
    session: Session, entity: Entity, name: str, value: Any, by_id: int | None = None
) -> Record:
    """Add a version of a document of an entity, written by no step. Flush only."""
    record = Record(
        entity_id=entity.id,
        instance_id=None,
        task_id=None,
        name=name,
        data=value,
        at=calendar.now(),
        by_id=by_id,
    )
    session.add(record)
    session.flush()
    return record


def last_training(case: Case) -> datetime:
    """Return when the last planned training session ends."""
    return training_ends(read(case, "training") or {}) or calendar.now()


def training_ends(plan: dict[str, Any]) -> datetime | None:
    """Return when the last session of a plan of training ends; None if none is planned."""
    return max(
        (
            datetime.fromisoformat(session["at"]) + timedelta(minutes=session["minutes"])
            for group in ("technical", "administrative")
            for session in plan.get(group, [])
        ),
        default=None,
    )


def go_live(case: Case) -> datetime:
    """Return the first instant of the day of going live."""
    production = read(case, "production")
    return calendar.midnight(date.fromisoformat(production["go_live_on"]))


def agreed_day(case: Case) -> datetime:
    """Return the first instant of the day that the entity agreed to on the telephone."""
    call = read(case, "call")
    return calendar.midnight(date.fromisoformat(call["agreed_on"]))


# Papers that the application made ----------------------------------------------------------------


def read_papers(case: Case) -> list[PaperRef]:
    """Return the newest paper of each kind that the application made in this instance.

    A version with another number or date, made in the step that signs it, keeps the time of the one
    that came to that step: either may be presented.
    """
    renewing = {step.id for step in forms.steps().values() if step.form.numbered}
    found: dict[str, PaperRef] = {}
    came_at: dict[str, str] = {}
    for use, paper, step in case.session.execute(PAPERS, {"instance_id": case.instance.id}):
        issued = cast("IssuedPaper | None", paper)
        if step not in renewing or use.kind not in came_at:
            came_at[use.kind] = use.created_at.isoformat()
        found[use.kind] = {
            "kind": use.kind,
            "title": use.title,
            "made_at": came_at[use.kind],
            "number": issued.number if issued else "",
            "dated_on": issued.dated_on.isoformat() if issued and issued.dated_on else "",
            "file": file_of(use),
        }
    return list(found.values())


def read_by_series(case: Case) -> bool:
    """Return whether a series gives the constancia its number, so that nobody types it."""
    return bool(current_app.config["CONSTANCIA_SERIES"])


def read_returnable(case: Case) -> bool:
    """Return whether the step can return its paper: the case's diagram reads its outcome."""
    deciding = definition_of(case.instance.deployment).deciding
    return case.task is not None and case.task.step in deciding


def void_papers(case: Case, kinds: Collection[str], task: Task) -> None:
    """Make the papers void that a task was to present, and what was uploaded to it."""
    rows = case.session.execute(PAPERS, {"instance_id": case.instance.id})
    made = {use.kind: use for use, *_ in rows}
    uploads = select(FileUse).where(FileUse.task_id == task.id, FileUse.kind == files.UPLOAD)
    for use in (*(made[kind] for kind in kinds if kind in made), *case.session.scalars(uploads)):
        use.void_at = case.at


def file_of(use: FileUse, name: str = "") -> FileRef:
    """Return a file as steps read it, under another name where one is given."""
    described = files.describe(use)
    return cast("FileRef", described | {"name": name or described["name"]})


def left_rosters(before: datetime) -> Delete:
    """Delete a roster's rows of people who left, in versions replaced before a moment.

    A person who is on the newest roster keeps all rows. A version stays if a process that runs
    began while it was the newest, and until the PCM has accepted a later one.
    """
    newer = aliased(Record)
    of_entity = (newer.entity_id == Record.entity_id, newer.name == "roster", newer.id > Record.id)
    replaced_at = select(func.min(newer.at)).where(*of_entity).scalar_subquery()
    running_since = (
        select(func.min(ProcessInstance.started_at))
        .where(ProcessInstance.entity_id == Record.entity_id, ProcessInstance.ended_at.is_(None))
        .scalar_subquery()
    )
    accepted_at = (
        select(func.max(Filing.closed_at))
        .where(
            Filing.entity_id == Record.entity_id,
            Filing.result == "accepted",
            Filing.signed["sip_rvl_002"].as_string().is_not(None),
        )
        .scalar_subquery()
    )
    goes = (
        select(Record.id)
        .where(
            Record.id == PersonnelRow.record_id,
            Record.name == "roster",
            replaced_at < before,
            replaced_at < func.coalesce(running_since, before),
            replaced_at <= func.coalesce(accepted_at, before),
            ~_is_there().exists(),
        )
        .correlate(PersonnelRow)
    )
    return delete(PersonnelRow).where(goes.exists())


def _is_there() -> Select[int]:
    """Select the rows of the newest roster that have the person of a row of an earlier one."""
    newest, there = aliased(Record), aliased(PersonnelRow)
    newest_id = (
        select(func.max(newest.id))
        .where(newest.entity_id == Record.entity_id, newest.name == "roster")
        .scalar_subquery()
    )
    return (
        select(there.record_id)
        .where(
            there.record_id == newest_id,
            there.movement == "alta",
            there.document_type == PersonnelRow.document_type,
            there.document_number == PersonnelRow.document_number,
        )
        .correlate(Record, PersonnelRow)
    )
