"""What a reader must know of a case that moves, besides what the graft changes."""

from collections.abc import Collection, Iterator

from SpiffWorkflow.util.task import TaskState

from workflows.definition import OUTCOME, Definition
from workflows.migration import plans
from workflows.migration.changes import Change
from workflows.migration.rows import Rows, RunningProcess
from workflows.migration.standing import Token

#: What is done in a process, and can be passed by.
WORK = frozenset({"userTask", "serviceTask", "callActivity", "intermediateCatchEvent"})


def changes_of(
    rows: Rows,
    process: RunningProcess,
    staying: Collection[Token],
    begun: Collection[str],
    old: Definition,
    new: Definition,
) -> Iterator[Change]:
    """Yield what changes for a running process with the tokens that stay and those begun."""
    for token in staying:
        yield from _words(process, token, old, new)
    elements = frozenset(token.stop for token in staying) | frozenset(begun)
    known = elements & plans.stops(new, process.id).keys()
    ahead = plans.ahead(new, process.id, known)
    yield from _passed_by(process, ahead, old, new)
    yield from _conditions(rows, process, ahead, old, new)


def passed_in_ended(rows: Rows, old: Definition, new: Definition) -> Iterator[Change]:
    """Yield the new work in called processes that the case has ended, each once."""
    live = {process.id for process in rows.live_processes()}
    ended = {
        process.id: process
        for process in rows.processes
        if process.completed and process.caller is not None
        if process.caller.state == TaskState.COMPLETED and process.id not in live
    }
    for key, process in ended.items():
        if key in old.processes and key in new.processes:
            yield from _passed_by(process, frozenset(), old, new)


def _words(
    process: RunningProcess, token: Token, old: Definition, new: Definition
) -> Iterator[Change]:
    before = plans.node(old, process.id, token.element)
    now = plans.node(new, process.id, token.element)
    if before is None or now is None:
        return
    drawn = plans.process_of(new, process.id)
    if before.name != now.name:
        yield Change("renamed", now.id, drawn, now.name, before.name, now.name)
    if before.lane != now.lane:
        yield Change("lane", now.id, drawn, now.name, before.lane, now.lane)


def _passed_by(
    process: RunningProcess, ahead: frozenset[str], old: Definition, new: Definition
) -> Iterator[Change]:
    """Yield the new work that the case will not do, unless it returns."""
    drawn = plans.process_of(new, process.id)
    former = plans.containers(old)[process.id].nodes
    for node in plans.containers(new)[process.id].nodes.values():
        if node.kind in WORK and node.id not in former and node.id not in ahead:
            yield Change("passed_by", node.id, drawn, node.name)


def _conditions(
    rows: Rows,
    process: RunningProcess,
    ahead: frozenset[str],
    old: Definition,
    new: Definition,
) -> Iterator[Change]:
    """Yield the conditions ahead that changed, and what they ask of steps that were not done."""
    drawn = plans.process_of(new, process.id)
    former = _conditions_of(old, process.id)
    answered = {element for _, _, element, _ in rows.outcomes}
    named: set[str] = set()
    for flow in plans.flows_out(new, process.id, ahead):
        before = former.get((flow.source, flow.target), "")
        if not flow.condition or flow.condition == before:
            continue
        if before:
            name = new.element_name(flow.source)
            yield Change("condition", flow.source, drawn, name, before, flow.condition)
        elif flow.condition in former.values():
            continue  # its gateway has another id
        for element in OUTCOME.findall(flow.condition):
            if element not in answered | ahead | named:
                named.add(element)
                yield Change("asks", element, drawn, new.element_name(element))


def _conditions_of(definition: Definition, container: str) -> dict[tuple[str, str], str]:
    """Return the conditions between two elements; their flows may have other ids elsewhere."""
    flows = plans.containers(definition)[container].flows
    return {(flow.source, flow.target): flow.condition for flow in flows if flow.condition}
