"""A rehearsal, its batches and its cases as the pages and the file show them."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.definitions import definition_of
from app.base.models import (
    Deployment,
    Entity,
    Migration,
    MigrationBatch,
    MigrationCase,
    ProcessInstance,
    Proposal,
)
from app.cases.entities.regions import regions
from app.cases.processes.migrating.rehearsals import batches, words
from app.cases.processes.migrating.rehearsals.batches import RETURNABLE, TAKEN, Filter
from app.cases.processes.migrating.rehearsals.table import groups_of, texts_of
from app.cases.processes.migrating.rehearsals.verdicts import KINDS
from app.cases.status import PROCESS_NAMES
from app.register.facts.sql_texts import safe_cell

STATES: Mapping[str, str] = {
    "rehearsing": "Ensayando",
    "rehearsed": "Ensayado",
    "void": "Sin efecto",
    "closed": "Cerrado",
}
BATCH_STATES: Mapping[str, str] = {
    "proposed": "Espera a una segunda persona",
    "applying": "En marcha",
    "done": "Terminado",
    "dropped": "Detenido",
}
#: The query parameters of the list of cases, by which its links filter.
CASE_FIELDS = ("resultado", "que", "lote", "estado")


@dataclass(frozen=True)
class BatchLine:
    """A batch: its filter in words, and how many of its cases have which result."""

    row: MigrationBatch
    #: The proposal that waits for a second person, if there is one.
    proposal: Proposal | None
    state: str
    filter: str
    total: int
    #: Label of a result → number of cases, those that occur.
    results: Mapping[str, int]
    #: Cases with a result, those that still wait for the system or a person included.
    settled: int
    is_returnable: bool


@dataclass(frozen=True)
class CaseLine:
    """A case in the list: where it is, what the rehearsal found, and its result."""

    entity: Entity
    url: str
    process: str
    stage: str
    verdict: words.Word
    what: str
    result: words.Word | None
    message: str
    row: MigrationCase
    is_returnable: bool


@dataclass(frozen=True)
class CaseFilter:
    """The filter of the list of cases: a verdict, a line of the table, a batch, a result."""

    kind: str = ""
    line: str = ""
    batch: int = 0
    result: str | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> CaseFilter:
        """Read the query string; unknown values find nothing."""
        kinds = {words.VERDICTS[kind].url: kind for kind in KINDS}
        results = {one.url: value for value, one in words.RESULTS.items()}
        number, kind, result = (args.get(name, "") for name in ("lote", "resultado", "estado"))
        is_number = number.isascii() and number.isdigit() and len(number) < 7
        return cls(
            kind=kinds.get(kind, "-") if kind else "",
            line=args.get("que", "")[:20],
            batch=(int(number) if is_number else -1) if number else 0,
            result=results.get(result, "-") if result else None,
        )

    def query(
        self, session: Session, migration: Migration
    ) -> Select[MigrationCase, ProcessInstance, Entity]:
        """Return the query of the cases, with instance and entity."""
        cases = MigrationCase
        wanted: list[ColumnElement[bool]] = [cases.migration_id == migration.id]
        if self.kind:
            wanted.append(cases.kind == self.kind)
        if self.line:
            numbers = groups_of(session, migration.id, self.line)
            wanted.append(cases.group_number.in_(numbers))
        if self.batch:
            wanted.append(cases.batch_number == self.batch)
        if self.result is not None:
            wanted += [cases.result == self.result, cases.batch_number.is_not(None)]
        return (
            select(cases, ProcessInstance, Entity)
            .join(ProcessInstance, ProcessInstance.id == cases.instance_id)
            .join(Entity, Entity.id == ProcessInstance.entity_id)
            .where(*wanted)
            .order_by(Entity.name, Entity.id, cases.instance_id)
        )


def lines_of(session: Session, migration: Migration, rows: Sequence[Any]) -> list[CaseLine]:
    """Return the lines of rows of `CaseFilter.query`."""
    numbers = {case.group_number for case, _, _ in rows if case.group_number is not None}
    texts = texts_of(session, migration.id, numbers)
    names = stage_names(session, migration)
    since = calendar.now() - RETURNABLE
    return [
        CaseLine(
            entity=entity,
            url=url_for("entities.show", code=entity.code),
            process=PROCESS_NAMES.get(instance.process, instance.process),
            stage=names.get(instance.stage, instance.stage),
            verdict=words.VERDICTS.get(case.kind, words.UNJUDGED),
            what=texts.get(case.group_number, ""),
            result=words.RESULTS[case.result] if case.batch_number is not None else None,
            message=case.message,
            row=case,
            is_returnable=case.result == "moved"
            and case.done_at is not None
            and case.done_at > since,
        )
        for case, instance, entity in rows
    ]


def stage_names(session: Session, migration: Migration) -> Mapping[str, str]:
    """Return stage → its name in the version."""
    drawn = definition_of(session.get_one(Deployment, migration.deployment_id))
    return {stage: drawn.processes[stage] for stage in drawn.stages}


def batches_of(session: Session, migration: Migration) -> list[BatchLine]:
    """Return the batches of a migration, the newest first."""
    rows = session.scalars(
        select(MigrationBatch)
        .where(MigrationBatch.migration_id == migration.id)
        .options(joinedload(MigrationBatch.by), joinedload(MigrationBatch.confirmed_by))
        .order_by(MigrationBatch.number.desc())
    ).all()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    counted = (
        select(MigrationCase.batch_number, MigrationCase.result, func.count())
        .where(MigrationCase.migration_id == migration.id, MigrationCase.batch_number.is_not(None))
        .group_by(MigrationCase.batch_number, MigrationCase.result)
    )
    for number, result, count in session.execute(counted):
        counts[number or 0][result] += count
    since = calendar.now() - RETURNABLE
    return [
        BatchLine(
            row=row,
            proposal=batches.waiting(session, row),
            state=BATCH_STATES[row.state],
            filter=in_words(session, migration, Filter.of(row.filter)),
            total=counts[row.number].total(),
            results={
                one.label: counts[row.number][value]
                for value, one in words.RESULTS.items()
                if counts[row.number][value]
            },
            settled=counts[row.number].total() - counts[row.number][""],
            is_returnable=bool(counts[row.number]["moved"])
            and (row.finished_at is None or row.finished_at > since),
        )
        for row in rows
    ]


def in_words(session: Session, migration: Migration, chosen: Filter) -> str:
    """Return a filter in words."""
    parts = [
        PROCESS_NAMES.get(chosen.process, chosen.process),
        stage_names(session, migration).get(chosen.stage, chosen.stage),
        regions(session).get(chosen.region, chosen.region) if chosen.region else "",
        words.VERDICTS[chosen.kind].label if chosen.kind in TAKEN else "",
    ]
    return ", ".join(filter(None, parts)) or "Todos los que se pueden mover"


def earlier(session: Session, version: Deployment, shown: Migration | None) -> list[Migration]:
    """Return the other rehearsals onto a version, the newest first."""
    query = select(Migration).where(Migration.deployment_id == version.id)
    rows = session.scalars(query.order_by(Migration.id.desc()).options(joinedload(Migration.by)))
    return [one for one in rows if shown is None or one.id != shown.id]


def report(session: Session, migration: Migration) -> bytes:
    """Return every case as CSV, with what the rehearsal found and its result."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ("Código", "Entidad", "Trámite", "Etapa", "Ensayo", "Qué", "Lote", "Resultado", "Detalle")
    )
    rows = session.execute(CaseFilter().query(session, migration)).all()
    for line in lines_of(session, migration, rows):
        writer.writerow(
            (
                line.entity.code,
                safe_cell(line.entity.name),
                line.process,
                line.stage,
                line.verdict.label,
                safe_cell(line.what),
                line.row.batch_number or "",
                line.result.label if line.result else "",
                safe_cell(line.message),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def of_version(version: Deployment) -> str:
    """Return the name of a version on screen."""
    return f"Versión {formatting.number(version.id)}"
