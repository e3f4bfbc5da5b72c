"""Batches and their rows as pages and reports show them."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from flask import url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import Batch, BatchRow, Entity
from app.onboarding.batches import doing
from app.onboarding.batches.kind import IN_FULL
from app.onboarding.batches.kinds import kind_of
from app.register.facts import open_texts
from app.register.facts.sql_texts import safe_cell


class Outcome(NamedTuple):
    """A plan or a result of rows."""

    #: The stored value, and the value in a URL (`filas`).
    value: str
    url_value: str
    label: str
    #: The shape of its label: an id of `formatting.STATES`.
    shape: str
    #: The text after a count in the sentence of a batch.
    singular: str
    plural: str


#: In the order of the sentence of a batch.
PLANS: Sequence[Outcome] = (
    Outcome("do", "por-hacer", "Se hará", "pending", "se hará", "se harán"),
    Outcome("same", "iguales", "No hace falta", "out_of_scope", "no hace falta", "no hacen falta"),
    Outcome("refused", "rechazadas", "No se puede", "not_presented", "no se puede", "no se pueden"),
)
RESULTS: Sequence[Outcome] = (
    Outcome("done", "hechas", "Hecho", "accepted", "hecha", "hechas"),
    Outcome("", "faltan", "Falta", "awaiting_date", "por hacer", "por hacer"),
    Outcome(
        "same", "iguales", "No hizo falta", "out_of_scope", "no hizo falta", "no hicieron falta"
    ),
    Outcome("refused", "rechazadas", "No se hizo", "not_presented", "no se hizo", "no se hicieron"),
)
#: URL value → plan or result.
OUTCOMES: Mapping[str, str] = {one.url_value: one.value for one in (*PLANS, *RESULTS)}
STATES: Mapping[str, str] = {
    "checked": "Revisado, sin confirmar",
    "confirmed": "En marcha",
    "done": "Terminado",
    "discarded": "Descartado",
}


@dataclass(frozen=True)
class Counts:
    """The number of rows of a batch by plan and by result."""

    plans: Mapping[str, int]
    results: Mapping[str, int]

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(self.plans.values())

    @property
    def settled(self) -> int:
        """The number of rows that have a result."""
        return self.rows - self.results.get("", 0)

    def found(self, batch: Batch) -> list[tuple[Outcome, int]]:
        """Return the outcomes that occur in a batch, with their counts."""
        if is_confirmed(batch):
            known, counts = RESULTS, self.results
        else:
            known, counts = PLANS, self.plans
        return [(one, counts[one.value]) for one in known if counts.get(one.value)]


def counts_of(session: Session, batches: Sequence[Batch]) -> dict[int, Counts]:
    """Return the counts of these batches, by id, in one statement."""
    plans: dict[int, Counter[str]] = defaultdict(Counter)
    results: dict[int, Counter[str]] = defaultdict(Counter)
    query = (
        select(BatchRow.batch_id, BatchRow.plan, BatchRow.result, func.count())
        .where(BatchRow.batch_id.in_([batch.id for batch in batches]))
        .group_by(BatchRow.batch_id, BatchRow.plan, BatchRow.result)
    )
    for batch_id, plan, result, count in session.execute(query):
        plans[batch_id][plan] += count
        results[batch_id][result] += count
    return {batch.id: Counts(plans[batch.id], results[batch.id]) for batch in batches}


def is_confirmed(batch: Batch) -> bool:
    """Return whether rows show their result. Before the confirmation they show their plan."""
    return batch.state in ("confirmed", "done")


def outcome(batch: Batch, row: BatchRow) -> Outcome:
    """Return the plan of a row, or its result."""
    known, value = (RESULTS, row.result) if is_confirmed(batch) else (PLANS, row.plan)
    return next(one for one in known if one.value == value)


def sentence(counts: Counts, batch: Batch) -> str:
    """Describe a batch: "312 se harán, 4 no hacen falta y 10 no se pueden"."""
    phrases = [
        formatting.plural(count, one.singular, one.plural) for one, count in counts.found(batch)
    ]
    return formatting.listed(phrases) or "Ninguna fila"


def rows_of(batch: Batch, outcome_word: str = "") -> Select[BatchRow]:
    """Select the rows of a batch in their order; with a URL value of OUTCOMES, only those."""
    query = select(BatchRow).where(BatchRow.batch_id == batch.id).order_by(BatchRow.number)
    if outcome_word in OUTCOMES:
        column = BatchRow.result if is_confirmed(batch) else BatchRow.plan
        query = query.where(column == OUTCOMES[outcome_word])
    return query.options(joinedload(BatchRow.entity))


def tabs(batch: Batch, counts: Counts, current: str) -> list[dict[str, object]]:
    """Return links to the rows of each outcome that occurs; rows that are left come last."""
    url = partial(url_for, "batches.show", batch=batch.id)
    is_all = current not in OUTCOMES
    every = {"label": "Todas", "url": url(), "current": is_all, "count": counts.rows}
    return [every] + [
        {
            "label": one.label,
            "url": url(filas=one.url_value),
            "current": current == one.url_value,
            "count": count,
        }
        for one, count in sorted(counts.found(batch), key=lambda found: not found[0].value)
    ]


@dataclass(frozen=True)
class Line:
    """A row on a page: its details in lines, its plan or result, its message."""

    number: int
    entity: Entity | None
    lines: Sequence[str]
    outcome: Outcome
    message: str


def lines_of(batch: Batch, rows: Collection[BatchRow]) -> list[Line]:
    """Return rows for a page."""
    kind = kind_of(batch)
    return [
        Line(
            row.number,
            row.entity,
            [open_texts.masked(line) for line in kind.details(row.data)],
            outcome(batch, row),
            row.message,
        )
        for row in rows
    ]


def report(session: Session, batch: Batch) -> bytes:
    """Return every row as CSV: the entity, and its plan or result."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Fila", "Código", "Entidad", "Resultado", "Detalle", "Cuándo"))
    for row in session.scalars(rows_of(batch)):
        entity: Entity | None = row.entity
        writer.writerow(
            (
                row.number,
                entity.code if entity else "",
                safe_cell(entity.name) if entity else "",
                outcome(batch, row).label,
                safe_cell(row.data.get(IN_FULL, row.message)),
                formatting.moment(row.done_at),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def to_do(session: Session, batch: Batch) -> int:
    """Return how many rows a confirmation would do; 0 if it is too late."""
    return doing.to_do(session, batch) if batch.state == "checked" else 0
