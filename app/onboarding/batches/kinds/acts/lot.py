"""The lot of a batch of conformities: one in ten presentations is drawn for a second look.

A presentation takes part in one lot: that of the first dry run that could do it. The lot draws from
a random seed. The batch records seed and result, so that the draw can be repeated: of the rows that
took part, those are drawn whose tasks have the smallest SHA-256 of seed and number. A drawn task
stays drawn: no batch does it, this one or a later one. It is decided singly, which is the second
look.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import ColumnElement, Select, select
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


TASK = BatchRow.data["task"].as_integer()
#: Conditions of the rows whose task took part in a lot: drawn, or not.
DRAWN_IN, PASSED = BatchRow.data["drawn"].as_boolean(), BatchRow.data["passed"].as_boolean()


def drawn() -> Select[int]:
    """Select the ids of the tasks that a lot has drawn, open or not."""
    return _ids(DRAWN_IN)


def _ids(condition: ColumnElement[bool]) -> Select[int]:
    return (
        select(TASK).join(Batch, Batch.id == BatchRow.batch_id).where(Batch.kind == KIND, condition)
    )


def without_drawn(
    session: Session, batch: Batch, rows: Sequence[Row], plans: Sequence[Plan]
) -> list[Plan]:
    """Return the plans, of which drawn tasks are refused. A dry run draws first."""
    able = [row[1]["task"] for row, plan in zip(rows, plans, strict=True) if plan.plan == "do"]
    if not able:
        return list(plans)
    taken = set(session.scalars(_ids(PASSED).where(among(TASK, able))))
    chosen = set(session.scalars(_ids(DRAWN_IN).where(among(TASK, able))))
    if batch.confirmed_at is None:
        fresh = set(able) - taken - chosen
        chosen.update(_draw(batch, fresh, chosen))
        for _, data in rows:
            if data.get("task") in fresh - chosen:
                data["passed"] = True
    found = []
    for (_, data), plan in zip(rows, plans, strict=True):
        if plan.plan == "do" and data["task"] in chosen:
            data["drawn"] = True
            found.append(Plan("refused", DRAWN))
        else:
            found.append(plan)
    return found


def _draw(batch: Batch, fresh: Collection[int], earlier: Collection[int]) -> list[int]:
    """Draw one in ten of the tasks that take part, and record it. `earlier`: drawn before."""
    seed = secrets.token_hex(16)
    chosen = in_lot_order(seed, fresh)[: -(-len(fresh) // ONE_IN)]
    said = {"seed": seed, "of": len(fresh), "earlier": sorted(earlier), "drawn": sorted(chosen)}
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
    number, of = formatting.number(len(lot["drawn"])), formatting.number(lot["of"])
    said = f"{number} de {of} para una segunda mirada (semilla {lot['seed']})"
    if lot["earlier"]:
        said += f"; además, {formatting.number(len(lot['earlier']))} de un sorteo anterior"
    return [("Sorteo", said)]


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
        .join(BatchRow, Task.id == TASK)
        .where(BatchRow.batch_id == batch.id, DRAWN_IN)
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
