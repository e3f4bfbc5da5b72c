"""A stored state as rows that can be changed: see `workflows.state` for what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows import state
from workflows.definition import Definition
from workflows.migration.changes import CannotMigrate

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
SPLIT = ".BoundaryEventSplit"
"""SpiffWorkflow's suffix for the task above an activity and the events on its boundary."""
END = ".BoundaryEventJoin"
"""SpiffWorkflow's suffix for the task below them, which waits for the end of the activity."""
PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE


@dataclass(eq=False)
class Row:
    """A task of the engine. `key` is the id that the application stores, "" without one."""

    name: str
    state: int
    parent: "Row | None"
    data: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    is_gone: bool = False
    is_new: bool = False
    """Whether it is of the version to which the case moves, not of the former one."""
    former_name: str = ""
    """The id that its element had, if it has another one."""

    @property
    def is_live(self) -> bool:
        return bool(self.state & LIVE)

    def up(self) -> Iterator["Row"]:
        """Yield the row itself and the rows above it, the nearest first."""
        here: Row | None = self
        while here is not None:
            yield here
            here = here.parent

    @property
    def split(self) -> "Row | None":
        """The row above the step or call and the events on its boundary; None without events."""
        above = self.parent
        return above if above is not None and above.name.endswith(SPLIT) else None


@dataclass(eq=False)
class RunningProcess:
    """A process of the instance: the top, a called one, or an event sub-process.

    `id` is the id as drawn, `caller` the task that called it; None at the top. No predicted row is
    in `rows`.
    """

    id: str
    caller: Row | None
    completed: bool
    rows: list[Row]

    def named(self, name: str) -> list[Row]:
        """Return the rows of an element, oldest first."""
        return [row for row in self.rows if row.name == name]

    def arrivals(self, join: str) -> Iterator[tuple[Row, Row]]:
        """Yield the rows of branches that wait, or have waited, at a join, each with its parent.

        The engine leaves only the last one waiting.
        """
        for row in self.named(join):
            before = row.parent
            is_arrival = row.state in (TaskState.WAITING, TaskState.CANCELLED) and not row.is_gone
            if is_arrival and before is not None and before.state == TaskState.COMPLETED:
                yield row, before

    def below(self, parent: Row) -> list[Row]:
        """Return the rows directly below another one."""
        return [row for row in self.rows if row.parent is parent]


@dataclass(eq=False)
class Rows:
    """A whole state: its processes, the callers before the called, and its outcomes."""

    processes: list[RunningProcess]
    last_end: str
    outcomes: list[tuple[Row | None, Row | None, str, str]]

    def live_processes(self) -> Iterator[RunningProcess]:
        """Yield the processes that still run."""
        for process in list(self.processes):
            if not process.completed and (process.caller is None or process.caller.is_live):
                yield process

    def called_by(self, row: Row) -> RunningProcess | None:
        """Return the process that a row called, if it has begun."""
        return next((one for one in self.processes if one.caller is row), None)


def read(data: bytes, definition: Definition) -> Rows:
    """Return the rows of a state without the predicted ones. Raises state.UnknownState."""
    try:
        return _read(state.decode(data), definition)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise state.UnknownState(f"the state cannot be read: {error!r}") from error


def _read(document: state.Document, definition: Definition) -> Rows:
    absent = frozenset(document.get("gone", ()))
    rows: list[Row] = []
    for place, (name, number, above, *rest) in enumerate(document["tasks"]):
        parent = None if above is None else rows[above]
        data, key = [*rest, {}, ""][:2] if len(rest) != 1 else (rest[0], "")
        if number == TaskState.WAITING and "event_value" in data:
            _check_moment(data["event_value"])
        rows.append(Row(name, number, parent, data, key, place in absent))
    processes: list[RunningProcess] = []
    owners: dict[int, RunningProcess] = {}
    begin = 0
    known = document.get("processes") or [""] * len(document["workflows"])
    for (caller, completed, size), given in zip(document["workflows"], known, strict=True):
        end = begin + size
        above = None if caller is None else rows[caller]
        name = given or document["process"]
        if above is not None and not given:
            name = definition.specs[owners[id(above)].id].task_specs[above.name].spec
        process = RunningProcess(name, above, completed, rows[begin:end])
        processes.append(process)
        owners |= {id(row): process for row in process.rows}
        begin = end
    for process in processes:
        process.rows = [row for row in process.rows if not row.state & PREDICTED]
    at = [None, *rows]
    outcomes = [
        (at[0 if task is None else task + 1], at[0 if scope is None else scope + 1], element, word)
        for task, scope, element, word in document["ledger"]
    ]
    return Rows(processes, document["last_end"], outcomes)


def _check_moment(text: str) -> None:
    """Raise ValueError or TypeError unless it is an aware moment in ISO 8601."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"the moment {text} has no offset")


def written(rows: Rows) -> state.Document:
    """Return the document of the rows. Raises CannotMigrate if a parent is missing."""
    ordered = [row for process in rows.processes for row in _parents_first(process.rows)]
    places = {id(row): place for place, row in enumerate(ordered)}
    document: state.Document = {
        "format": state.FORMAT,
        "process": rows.processes[0].id,
        "last_end": rows.last_end,
        "workflows": [
            [_place(places, one.caller), one.completed, len(one.rows)] for one in rows.processes
        ],
        "tasks": [_stored(row, places) for row in ordered],
        "ledger": [
            [_place(places, task), _place(places, scope), element, word]
            for task, scope, element, word in rows.outcomes
        ],
    }
    absent = [places[id(row)] for row in ordered if row.is_gone]
    if absent:
        names = [process.id for process in rows.processes]
        document |= {"format": state.FORMAT_WITH_GONE, "gone": absent, "processes": names}
    return document


def _parents_first(rows: list[Row]) -> list[Row]:
    """Return the rows in their order, each after its parent. Raises CannotMigrate."""
    ordered: list[Row] = []
    placed: set[int] = set()
    waiting = rows
    while waiting:
        left = []
        for row in waiting:
            if row.parent is None or id(row.parent) in placed:
                placed.add(id(row))
                ordered.append(row)
            else:
                left.append(row)
        if len(left) == len(waiting):
            raise CannotMigrate("its place in the state is lost", left[0].name)
        waiting = left
    return ordered


def _place(places: dict[int, int], row: Row | None) -> int | None:
    return None if row is None else places.get(id(row))


def _stored(row: Row, places: dict[int, int]) -> list[Any]:
    stored: list[Any] = [row.name, row.state, _place(places, row.parent)]
    if row.data or row.key:
        stored.append(row.data)
    if row.key:
        stored.append(row.key)
    return stored
