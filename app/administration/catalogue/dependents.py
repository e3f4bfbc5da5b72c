"""Move the rows that depend on a duplicate to the entity that it becomes one with.

Two tables hold an entity by its code and have no foreign key: days decreed for it, and reminders
held back. They are moved before and after the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import update

from app.administration.catalogue import moves
from app.administration.catalogue.moves import Merge
from app.base import calendar
from app.base.db.protection import exits
from app.cases.entities import DEPENDENTS, dependent_column

#: Moves that one statement for all rows of a column cannot do. Each returns the condition on the
#: rows that stay with the duplicate, or None.
MOVES: Mapping[str, Callable[[Merge], Any]] = {
    "grant.entity_id": moves.people,
    "process_instance.entity_id": moves.onboardings,
    "record.entity_id": moves.versions,
    "register.entity_id": moves.registers,
    "notice.entity_id": moves.waiting,
    "planned_start.entity_id": moves.plans,
    "ticket.entity_id": moves.codes,
    "mandate_end.entity_id": moves.mandate_ends,
}
#: Rows that the application may not change: the exit of the protected tables moves them.
BY_EXIT = frozenset(f"{table}.entity_id" for table in exits.MOVES)


def move_all(merge: Merge) -> dict[str, int]:
    """Move everything, and mark the duplicate as merged, as the exit of the log requires.

    Return the number of rows moved, by the keys of DEPENDENTS.
    """
    moves.copy_days(merge)
    demo_stands = merge.leads is merge.duplicate and moves.demos_of(merge) is not None
    moved = {}
    for key in DEPENDENTS:
        if key in BY_EXIT:
            continue
        stays = MOVES[key](merge) if key in MOVES else None
        moved[key] = _move(merge, key, stays)
    moved["register.entity_id"] += demo_stands  # it has changed places with the other
    merge.duplicate.active, merge.duplicate.merged_into_id = False, merge.target.id
    by_exit = exits.move_duplicate(
        merge.session, merge.duplicate, merge.target, merge.actor_id, calendar.now()
    )
    moved |= {f"{table}.entity_id": number for table, number in by_exit.items()}
    moves.drop_days(merge)
    moves.holds(merge)
    return moved


def _move(merge: Merge, key: str, stays: Any) -> int:
    column = dependent_column(key)
    merge.session.flush()
    statement = update(column.table).where(column == merge.duplicate.id)
    if stays is not None:
        statement = statement.where(~stays)
    done = merge.session.execute(statement.values({column: merge.target.id}))
    return int(done.rowcount)  # type: ignore[attr-defined]  # of a CursorResult
