"""The documents of an entity, each with its versions: papers made here, and files brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import calendar, files, words
from app.models import Entity, FileUse
from app.papers import KINDS
from app.telling import Facts

#: So many of the newest files are looked at.
MOST = 200


def documents(session: Session, entity: Entity, cases: Sequence[Facts]) -> list[dict[str, Any]]:
    """Each document once, the newest first: its title, its newest file, and the earlier ones.

    One statement. A paper that was made again is another version of it, and so is a file that was
    brought again: under the same name, or as the signed copy of the same paper. What a stage was
    validated by stays what it was, whatever others are called.
    """
    uses = session.scalars(
        select(FileUse)
        .where(FileUse.entity_id == entity.id, FileUse.kind != files.VISITS)
        .options(joinedload(FileUse.by))
        .order_by(FileUse.created_at.desc(), FileUse.id)
        .limit(MOST)
    )
    signed, grounds = _signed(cases), _grounds(cases)
    steps = {task.id: task.name for facts in cases for task in facts.tasks}
    found: dict[tuple[Any, ...], list[FileUse]] = {}
    for use in uses:
        key = ("ground", use.id) if use.id in grounds else _document(use, signed)
        found.setdefault(key, []).append(use)
    return [
        {
            "title": grounds.get(versions[0].id) or _title(versions[0], signed, steps),
            "newest": _version(versions[0]),
            "earlier": [_version(use) for use in versions[1:]],
        }
        for versions in found.values()
    ]


def _signed(cases: Sequence[Facts]) -> Mapping[str, str]:
    """The signed copies that were presented: file → kind of the paper."""
    filings = (filing for facts in cases for filing in facts.filings)
    return {file_id: kind for filing in filings for kind, file_id in filing.signed.items()}


def _grounds(cases: Sequence[Facts]) -> Mapping[str, str]:
    """By what stages were validated: file → its title, which names them."""
    stages: dict[str, list[str]] = {}
    for facts in cases:
        for stage, said in facts.row.validated.items():
            if document := said.get("document"):
                stages.setdefault(document, []).append(facts.definition.element_name(stage))
    return {key: f"Sustento de convalidación: {words.listed(some)}" for key, some in stages.items()}


def _document(use: FileUse, signed: Mapping[str, str]) -> tuple[Any, ...]:
    """What tells one document from another."""
    if use.kind != files.UPLOAD:
        return use.instance_id, "paper", use.kind
    if use.id in signed:
        return use.instance_id, "signed", signed[use.id]
    return use.instance_id, use.title, use.name.casefold()


def _title(use: FileUse, signed: Mapping[str, str], steps: Mapping[int, str]) -> str:
    if use.id in signed and (kind := signed[use.id]) in KINDS:
        return f"{KINDS[kind].title}, firmado"
    step = steps.get(use.task_id or 0)
    return use.title or (f"Archivo de «{step}»" if step else "Archivo subido")


def _version(use: FileUse) -> dict[str, Any]:
    return {
        "file": files.describe(use),
        "on": calendar.lima_day(use.created_at),
        "who": use.by.full_name if use.by else "",
    }
