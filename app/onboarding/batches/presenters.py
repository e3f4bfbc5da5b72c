"""Batches and their rows as pages and reports show them."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import Batch, BatchRow, Entity
from app.onboarding.batches import doing
from app.onboarding.batches.kind import IN_FULL
from app.onboarding.batches.kinds import kind_of
from app.register.facts.sql_texts import FORMULA_SIGNS

#: Plan of a row → its label, and its shape (an id of `formatting.STATES`).
PLANS: Mapping[str, tuple[str, str]] = {
    "do": ("Se hará", "pending"),
    "same": ("No hace falta", "out_of_scope"),
    "refused": ("No se puede", "not_presented"),
}
#: Result of a row → the same.
RESULTS: Mapping[str, tuple[str, str]] = {
    "done": ("Hecho", "accepted"),
    "same": ("No hizo falta", "out_of_scope"),
    "refused": ("No se hizo", "not_presented"),
    "": ("Falta", "awaiting_date"),
}
STATES: Mapping[str, str] = {
    "checked": "Revisado, sin confirmar",
    "confirmed": "En marcha",
    "done": "Terminado",
    "discarded": "Descartado",
}
#: URL value of `filas` → the plan or result.
OUTCOMES: Mapping[str, str] = {"por-hacer": "do", "hechas": "done", "iguales": "same",
                               "rechazadas": "refused", "faltan": ""}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """The number of rows of a batch by plan and by result."""

    plans: Mapping[str, int]
    results: Mapping[str, int]

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(self.plans.values())


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


def outcome(batch: Batch, row: BatchRow) -> tuple[str, str]:
    """Return the label and the shape of a row."""
    return RESULTS[row.result] if is_confirmed(batch) else PLANS[row.plan]


def sentence(counts: Counts, batch: Batch) -> str:
    """Describe a batch: "312 se harán, 4 no hacen falta y 10 no se pueden"."""
    parts: tuple[tuple[int, str, str], ...]
    if is_confirmed(batch):
        parts = (
            (counts.results.get("done", 0), "hecha", "hechas"),
            (counts.results.get("", 0), "por hacer", "por hacer"),
            (counts.results.get("same", 0), "no hizo falta", "no hicieron falta"),
            (counts.results.get("refused", 0), "no se hizo", "no se hicieron"),
        )
    else:
        parts = (
            (counts.plans.get("do", 0), "se hará", "se harán"),
            (counts.plans.get("same", 0), "no hace falta", "no hacen falta"),
            (counts.plans.get("refused", 0), "no se puede", "no se pueden"),
        )
    phrases = [formatting.plural(count, one, many) for count, one, many in parts if count]
    return formatting.listed(phrases) or "Ninguna fila"


def rows_of(batch: Batch, outcome_word: str = "") -> Select[BatchRow]:
    """Select the rows of a batch in their order; with a URL value of OUTCOMES, only those."""
    query = select(BatchRow).where(BatchRow.batch_id == batch.id).order_by(BatchRow.number)
    if outcome_word in OUTCOMES:
        column = BatchRow.result if is_confirmed(batch) else BatchRow.plan
        query = query.where(column == OUTCOMES[outcome_word])
    return query.options(joinedload(BatchRow.entity))


def tabs(batch: Batch, counts: Counts, current: str) -> list[dict[str, object]]:
    """Return links to the rows of each outcome that occurs."""
    known = RESULTS if is_confirmed(batch) else PLANS
    found = counts.results if is_confirmed(batch) else counts.plans
    links: list[dict[str, object]] = [
        {
            "label": "Todas",
            "url": url_for("batches.show", batch=batch.id),
            "current": current not in OUTCOMES,
            "count": counts.rows,
        }
    ]
    for word, value in OUTCOMES.items():
        if value in known and found.get(value):
            links.append(
                {
                    "label": known[value][0],
                    "url": url_for("batches.show", batch=batch.id, filas=word),
                    "current": current == word,
                    "count": found[value],
                }
            )
    return links


@dataclass(frozen=True)
class Line:
    """A row on a page: its details in lines, its outcome (label, shape), its message."""

    number: int
    entity: Entity | None
    lines: Sequence[str]
    outcome: tuple[str, str]
    message: str


def lines_of(batch: Batch, rows: Collection[BatchRow]) -> list[Line]:
    """Return rows for a page."""
    kind = kind_of(batch)
    return [
        Line(row.number, row.entity, kind.details(row.data), outcome(batch, row), row.told)
        for row in rows
    ]


def report(session: Session, batch: Batch) -> bytes:
    """Return every row as CSV: the entity, and its plan or result."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Fila", "Código", "Entidad", "Resultado", "Detalle", "Cuándo"))
    for row in session.scalars(rows_of(batch)):
        entity: Entity | None = row.entity
        word, _ = outcome(batch, row)
        writer.writerow(
            (
                row.number,
                entity.code if entity else "",
                _safe(entity.name) if entity else "",
                word,
                _safe(row.data.get(IN_FULL, row.told)),
                formatting.moment(row.done_at),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def to_do(session: Session, batch: Batch) -> int:
    """Return how many rows a confirmation would do; 0 if it is too late."""
    return doing.to_do(session, batch) if batch.state == "checked" else 0
