"""Graft the rows of a state onto another version."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from SpiffWorkflow.util.task import TaskState

from workflows.definition import Definition
from workflows.drawing import Flow, Node
from workflows.migration import plans
from workflows.migration.changes import CannotMigrate, Change, Dates, Kind
from workflows.migration.rows import END, SPLIT, Row, Rows, RunningProcess
from workflows.migration.standing import WAITS_IN, Token


class Graft:
    """The rows of one state while they are changed. `changes` lists what a reader must know."""

    def __init__(self, rows: Rows, old: Definition, new: Definition, dates: Dates) -> None:
        self.rows, self.old, self.new, self.dates = rows, old, new, dates
        self.changes: list[Change] = []

    # Places ----------------------------------------------------------------------------------

    def leave(self, process: RunningProcess, token: Token) -> None:
        """End an open step, a wait or a call that the version has no place for.

        A branch that waited at a join has no row there any more: the engine would count it.
        """
        if token.source:
            process.rows.remove(token.row)
            self._keep_waiting(process, token.element)
        else:
            self._cancel(process, token.row)
        if token.row.split is not None:
            for event in process.below(token.row.split):
                if event.state == TaskState.WAITING:
                    self._cancel(process, event)
        self._note("left", process, token.element, self.old)

    def _keep_waiting(self, process: RunningProcess, join: str) -> None:
        """Let the last of the other branches at a join be the one that waits."""
        others = [row for row, _ in process.arrivals(join)]
        if others:
            others[-1].state = TaskState.WAITING

    def _cancel(self, process: RunningProcess, row: Row) -> None:
        row.state, row.data, row.key = TaskState.CANCELLED, {}, ""
        called = self.rows.called_by(row)
        if called is not None and not called.completed:
            called.completed = True
            for inner in called.rows:
                if inner.is_live:
                    self._cancel(called, inner)

    def join(self, process: RunningProcess, token: Token, flow: Flow) -> None:
        """Let a branch wait at its join if that, or the gateway before it, has another id now."""
        token.row.name, token.row.is_new = flow.target, True
        if token.source != flow.source:
            passed = Row(flow.source, TaskState.COMPLETED, token.row.parent, is_new=True)
            process.rows.insert(process.rows.index(token.row), passed)
            token.row.parent = passed

    def begin(self, process: RunningProcess, element: str, lost: Sequence[Token]) -> Row:
        """Open a step or begin a wait where a token was lost; return its row.

        Without one, it is below the nearest element before it that was passed.
        """
        node = plans.containers(self.new)[process.id].nodes[element]
        above = self._left_before(element, process, lost) or self._passed_before(process, element)
        events = plans.events_on(self.new, process.id, element)
        if events:
            above = Row(f"{element}{SPLIT}", TaskState.COMPLETED, above)
            process.rows.append(above)
        row = Row(element, WAITS_IN[node.kind], above, is_new=True)
        process.rows.append(row)
        if node.kind == "userTask":
            row.key = str(uuid4())
        else:
            row.data = self._first(node, "")
        for event in events:
            process.rows.append(self._waiting(event, above))
        self._note("continues", process, element, self.new)
        return row

    def _left_before(
        self, element: str, process: RunningProcess, lost: Sequence[Token]
    ) -> Row | None:
        """Return the row from which the case came to a lost token.

        Of several tokens, it is that with the element nearest to the one that begins.
        """
        came_from = [(token.row.split or token.row).parent for token in lost]
        for key in plans.before(self.new, process.id, element):
            for row in came_from:
                if row is not None and any(above.name == key for above in row.up()):
                    return row
        return came_from[-1] if came_from else None

    def _passed_before(self, process: RunningProcess, element: str) -> Row:
        for key in plans.before(self.new, process.id, element):
            passed = [row for row in process.named(key) if row.state == TaskState.COMPLETED]
            if passed:
                return passed[-1]
        return process.rows[0]

    # Events on boundaries --------------------------------------------------------------------

    def set_events(self, process: RunningProcess) -> None:
        """Give every step and call the events on its boundary that the version draws.

        Those of finished ones are cancelled rows, so that a way back finds them.
        """
        for host in list(process.rows):
            node = plans.node(self.new, process.id, host.name)
            if node is None or host.is_gone or node.kind not in ("userTask", "callActivity"):
                continue
            drawn = {event.id: event for event in plans.events_on(self.new, process.id, host.name)}
            split = host.split
            if split is None and drawn:
                split = Row(f"{host.name}{SPLIT}", TaskState.COMPLETED, host.parent)
                process.rows.insert(process.rows.index(host), split)
                host.parent = split
            if split is not None:
                self._set_events(process, host, split, drawn)

    def _set_events(
        self, process: RunningProcess, host: Row, split: Row, drawn: dict[str, Node]
    ) -> None:
        for row in process.below(split):
            if row is not host and not row.is_new and not self._fits(process, row):
                self._take_off(process, host, row)
            elif row.name in drawn and row.is_live and not row.is_new:
                self._note_end(process, row)
        present = {row.name for row in process.below(split)}
        for key, event in drawn.items():
            if key not in present:
                self._put_on(process, host, split, event)
        if not drawn:
            host.parent = split.parent
            process.rows.remove(split)

    def _note_end(self, process: RunningProcess, event: Row) -> None:
        """Note that a waiting event ends its step now, or no longer."""
        old = plans.node(self.old, process.id, event.name)
        new = plans.node(self.new, process.id, event.name)
        if old is not None and new is not None and old.interrupts != new.interrupts:
            kind: Kind = "ends" if new.interrupts else "ends_no_more"
            self._note(kind, process, event.name, self.new)

    def _fits(self, process: RunningProcess, event: Row) -> bool:
        old = plans.node(self.old, process.id, event.name)
        new = plans.node(self.new, process.id, event.name)
        if old is None or new is None:
            return False
        return (old.attached_to, old.events) == (new.attached_to, new.events)

    def _take_off(self, process: RunningProcess, host: Row, event: Row) -> None:
        if event.state == TaskState.COMPLETED:
            self._keep_what_followed(process, host, event)
            return
        process.rows.remove(event)
        if event.is_live:
            self._note("timer_removed", process, event.name, self.old)

    def _keep_what_followed(self, process: RunningProcess, host: Row, event: Row) -> None:
        """Keep what came after an event: below its step if that is over, otherwise above it.

        The engine predicts anew what is below an open step.
        """
        above = event.parent
        event.parent, event.is_gone = above.parent if host.is_live and above else host, True
        for row in process.below(event):
            if row.name == f"{host.name}{END}" and row.is_live:
                process.rows.remove(row)

    def _put_on(self, process: RunningProcess, host: Row, split: Row, event: Node) -> None:
        if host.is_live:
            process.rows.append(self._waiting(event, split))
            self._note("timer_added", process, event.id, self.new)
        else:
            row = Row(event.id, TaskState.CANCELLED, split, is_new=True)
            process.rows.insert(process.rows.index(host) + 1, row)

    def _waiting(self, event: Node, above: Row) -> Row:
        data = self._first(event, event.attached_to) if event.timer else {}
        return Row(event.id, TaskState.WAITING, above, data, is_new=True)

    def _first(self, timer: Node, host: str) -> dict[str, str]:
        at = self.dates.first(timer.id, host, timer.timer or "")
        return {"event_value": _text(at)}

    # Event sub-processes ---------------------------------------------------------------------

    def end_event_sub_processes(self) -> None:
        """End the event sub-processes that the version lacks.

        Raises CannotMigrate if one has begun.
        """
        for process in self.rows.live_processes():
            for row in process.rows:
                node = plans.node(self.old, process.id, row.name)
                if node is None or not node.is_event_sub_process or not row.is_live:
                    continue
                now = plans.node(self.new, process.id, row.name)
                if now is None or not now.is_event_sub_process:
                    self._end_event_sub_process(process, row)

    def rename_starts(self, process: RunningProcess) -> None:
        """Let event sub-processes wait for the start that the version draws, at the same moment."""
        for key, start in plans.event_sub_processes(self.new, process.id).items():
            for row in process.named(key):
                called = self.rows.called_by(row)
                for one in called.rows if called and row.is_live else ():
                    node = plans.node(self.old, key, one.name)
                    is_start = node is not None and node.kind == "startEvent"
                    if is_start and one.is_live and one.name != start.id:
                        one.former_name, one.name, one.is_new = one.name, start.id, True

    def add_event_sub_processes(self, process: RunningProcess) -> None:
        """Begin to wait for the event sub-processes that the version adds."""
        for key, start in plans.event_sub_processes(self.new, process.id).items():
            if not process.named(key):
                self._add_event_sub_process(process, key, start)

    def _end_event_sub_process(self, process: RunningProcess, row: Row) -> None:
        called = self.rows.called_by(row)
        live = [one.state for one in called.rows if one.is_live] if called else []
        if live != [TaskState.WAITING]:
            raise CannotMigrate("it has begun, and the version does not have it", row.name)
        self._cancel(process, row)
        self._note("follow_up_removed", process, row.name, self.old)

    def _add_event_sub_process(self, process: RunningProcess, key: str, start: Node) -> None:
        caller = Row(key, TaskState.STARTED, process.rows[0], is_new=True)
        process.rows.append(caller)
        first = Row("Start", TaskState.COMPLETED, None)
        waiting = Row(start.id, TaskState.WAITING, first, self._first(start, ""), is_new=True)
        self.rows.processes.append(RunningProcess(key, caller, False, [first, waiting]))
        self._note("follow_up_added", process, key, self.new)

    # Timers and names ------------------------------------------------------------------------

    def move_timers(self, process: RunningProcess) -> None:
        """Move waiting timers that count another number of working days than before."""
        was, now = self.old.counting_timers, self.new.counting_timers
        hosts = self.new.hosts
        for row in process.rows:
            value = row.data.get("event_value")
            if row.state != TaskState.WAITING or value is None:
                continue
            former = row.former_name or row.name
            if former not in was or row.name not in now or was[former] == now[row.name]:
                continue
            days = now[row.name] - was[former]
            host = hosts.get(row.name, "")
            at = self.dates.moved(row.name, host, datetime.fromisoformat(value), days)
            if _text(at) != value:
                row.data = {**row.data, "event_value": _text(at)}
                self._note("timer", process, row.name, self.new, value, _text(at))

    def keep_names(self) -> None:
        """Mark the finished rows that the version lacks. Raises CannotMigrate for live ones."""
        for process in self.rows.processes:
            caller = process.caller
            specs = self.new.specs.get(process.id)
            absent = caller is not None and caller.is_gone
            for row in process.rows:
                known = specs.task_specs.get(row.name) if specs and not absent else None
                row.is_gone = row.is_gone or known is None or not self._is_same(process, row)
                if row.is_gone and row.is_live:
                    raise CannotMigrate("the version does not have it", row.name)

    def _is_same(self, process: RunningProcess, row: Row) -> bool:
        """Return whether an element is of the same kind in both versions, or of the new one."""
        if row.is_new:
            return True
        old = plans.node(self.old, process.id, row.name)
        new = plans.node(self.new, process.id, row.name)
        if old is None or new is None:
            return old is new  # a task of the engine's own
        return old.kind == new.kind and (not old.called or old.called == new.called)

    def _note(
        self,
        kind: Kind,
        process: RunningProcess,
        element: str,
        definition: Definition,
        before: str = "",
        after: str = "",
    ) -> None:
        drawn = plans.process_of(definition, process.id)
        name = definition.element_name(element)
        self.changes.append(Change(kind, element, drawn, name, before, after))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
