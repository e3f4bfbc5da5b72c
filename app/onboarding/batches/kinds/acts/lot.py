"""The lot of a batch of conformities: one in ten presentations is drawn for a second look.

The dry run draws, from a random seed. The batch records seed and result, so that the draw can be
repeated: drawn are the tasks with the smallest SHA-256 of seed and number. A drawn task stays
drawn: no batch does it, this one or a later one. It is decided singly, which is the second look.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.db.membership import among
from app.base.models import Batch, BatchRow, Task, User
from app.onboarding.batches.kind import Data, Plan, Row
from app.people import access

#: The kind of the batches that draw.
KIND = "conform"
#: One in this many is drawn, rounded up.
ONE_IN = 10
DRAWN = (
    "Salió en el sorteo para una segunda mirada: ábrela y decídela por separado, o dásela a un "
    "colega."
)


def drawn() -> Select[int]:
    """Select the ids of the tasks that a lot has drawn, open or not."""
    return (
        select(BatchRow.data["task"].as_integer())
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(Batch.kind == KIND, BatchRow.data["drawn"].as_boolean())
    )


def without_drawn(
    session: Session, batch: Batch, rows: Sequence[Row], plans: Sequence[Plan]
) -> list[Plan]:
    """Return the plans, of which drawn tasks are refused. A dry run draws first."""
    able = [row[1]["task"] for row, plan in zip(rows, plans, strict=True) if plan.plan == "do"]
    if not able:
        return list(plans)
    query = select(Task.id).where(among(Task.id, able), Task.id.in_(drawn()))
    chosen = set(session.scalars(query))
    if batch.confirmed_at is None:
        chosen.update(_draw(batch, able, chosen))
    found = []
    for (_, data), plan in zip(rows, plans, strict=True):
        if plan.plan == "do" and data["task"] in chosen:
            data["drawn"] = True
            found.append(Plan("refused", DRAWN))
        else:
            found.append(plan)
    return found


def _draw(batch: Batch, able: Sequence[int], earlier: Collection[int]) -> list[int]:
    """Draw what is missing to one in ten, besides what an earlier lot drew. Record it."""
    seed = secrets.token_hex(16)
    missing = max(0, -(-len(able) // ONE_IN) - len(earlier))
    chosen = in_lot_order(seed, set(able) - set(earlier))[:missing]
    said = {"seed": seed, "of": len(able), "earlier": sorted(earlier), "drawn": sorted(chosen)}
    batch.data = batch.data | {"lot": said}
    return chosen


def in_lot_order(seed: str, ids: Collection[int]) -> list[int]:
    """Return tasks in the order in which a lot with this seed draws them."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())


def facts(data: Data) -> list[tuple[str, str]]:
    """Return the lot as the page of its batch shows it."""
    if "lot" not in data:
        return []
    lot = data["lot"]
    number = formatting.number(len(lot["earlier"]) + len(lot["drawn"]))
    said = f"{number} de {formatting.number(lot['of'])} para una segunda mirada"
    return [("Sorteo", f"{said} (semilla {lot['seed']})")]


@dataclass(frozen=True)
class SecondLook:
    """A drawn presentation: its entity and task, and who looked again."""

    entity: str
    task: str
    is_open: bool
    #: What the second look was (Spanish).
    said: str
    #: Where the reader decides it; "" for others.
    url: str


def second_looks(session: Session, batch: Batch) -> list[SecondLook]:
    """Return the drawn presentations of a batch, in the order of its rows."""
    found = session.scalars(
        select(Task)
        .join(BatchRow, BatchRow.data["task"].as_integer() == Task.id)
        .where(BatchRow.batch_id == batch.id, BatchRow.data["drawn"].as_boolean())
        .options(joinedload(Task.entity), joinedload(Task.closed_by).lazyload(User.grants))
        .order_by(BatchRow.number)
    )
    reader = access.me()
    return [
        SecondLook(
            task.entity.name,
            task.name,
            task.state == "open",
            _said(batch, task),
            url_for("tasks.open_step", task_id=task.id) if access.may_answer(reader, task) else "",
        )
        for task in found
    ]


def _said(batch: Batch, task: Task) -> str:
    user = task.closed_by
    if task.state == "open":
        return "Falta la segunda mirada."
    if task.state != "completed" or user is None:
        return "Se cerró sin que nadie la decidiera."
    result = "dio conformidad" if task.outcome == "accepted" else "la observó"
    same = ", la misma persona que revisó el lote," if user.id == batch.by_id else ""
    return f"{user.full_name}{same} {result} el {formatting.day(task.closed_at)}."
