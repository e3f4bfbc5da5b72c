"""What pages and reports say of batches."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import Batch, BatchRow, Entity
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import IN_FULL, kind_of
from app.register.facts.sql_texts import FORMULA_SIGNS

#: What becomes of a row: its word, and the shape that says it too (an id of `formatting.STATES`).
PLANS: Mapping[str, tuple[str, str]] = {
    "do": ("Se hará", "pending"),
    "same": ("No hace falta", "out_of_scope"),
    "refused": ("No se puede", "not_presented"),
}
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
#: How a page asks for the rows of one outcome, by the word of its address.
OUTCOMES: Mapping[str, str] = {"por-hacer": "do", "hechas": "done", "iguales": "same",
                               "rechazadas": "refused", "faltan": ""}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How many rows of a batch there are of each plan and of each result."""

    plans: Mapping[str, int]
    results: Mapping[str, int]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.plans.values())


def counts_of(session: Session, batches: Sequence[Batch]) -> dict[int, Counts]:
    """The counts of each of these batches, in one statement."""
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


def is_over(batch: Batch) -> bool:
    """Whether rows are told by what came of them; before, by what will be done."""
    return batch.state in ("confirmed", "done")


def outcome(batch: Batch, row: BatchRow) -> tuple[str, str]:
    """A row's word and shape."""
    return RESULTS[row.result] if is_over(batch) else PLANS[row.plan]


def sentence(counts: Counts, batch: Batch) -> str:
    """A batch in a line: "312 se harán, 4 no hacen falta y 10 no se pueden"."""
    parts: tuple[tuple[int, str, str], ...]
    if is_over(batch):
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
    said = [formatting.plural(count, one, many) for count, one, many in parts if count]
    return formatting.listed(said) or "Ninguna fila"


def rows_of(batch: Batch, asked: str = "") -> Select[BatchRow]:
    """The rows of a batch in their order; of one outcome alone, by its word in an address."""
    query = select(BatchRow).where(BatchRow.batch_id == batch.id).order_by(BatchRow.number)
    if asked in OUTCOMES:
        column = BatchRow.result if is_over(batch) else BatchRow.plan
        query = query.where(column == OUTCOMES[asked])
    return query.options(joinedload(BatchRow.entity))


def tabs(batch: Batch, counts: Counts, url: str, asked: str) -> list[dict[str, object]]:
    """Links to the rows of each outcome that there is."""
    known = RESULTS if is_over(batch) else PLANS
    found = counts.results if is_over(batch) else counts.plans
    links: list[dict[str, object]] = [
        {"label": "Todas", "url": url, "current": asked not in OUTCOMES, "count": counts.rows}
    ]
    for word, value in OUTCOMES.items():
        if value in known and found.get(value):
            links.append(
                {
                    "label": known[value][0],
                    "url": f"{url}?filas={word}",
                    "current": asked == word,
                    "count": found[value],
                }
            )
    return links


def shown(batch: Batch, rows: Collection[BatchRow]) -> list[dict[str, object]]:
    """Rows for a page."""
    kind = kind_of(batch)
    return [
        {
            "number": row.number,
            "entity": row.entity,
            "lines": kind.told(row.data),
            "outcome": outcome(batch, row),
            "told": row.told,
        }
        for row in rows
    ]


def report(session: Session, batch: Batch) -> bytes:
    """Every row as CSV: the entity, and what will be done or was; nothing else of it."""
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
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def to_do(session: Session, batch: Batch) -> int:
    """How many rows a confirmation is about; 0 where it is too late for one."""
    return doing.to_do(session, batch) if batch.state == "checked" else 0
