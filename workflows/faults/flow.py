"""Check that the sequence flows lead from the start, through every element, to an end."""

from collections.abc import Iterator

from workflows.containers import Container
from workflows.contract import Fault
from workflows.drawing import Node, reached
from workflows.faults.plan import Plan
from workflows.faults.tokens import check_tokens


def check_flow(plan: Plan) -> Iterator[Fault]:
    """Report faults in the flows of each process and event sub-process."""
    for container in plan.containers():
        loose = list(_loose(container))
        yield from loose
        if loose:
            continue
        sound = True
        for fault in _all(container):
            sound = False
            yield fault
        if sound:
            yield from check_tokens(container)


def _all(container: Container) -> Iterator[Fault]:
    yield from _starts(container)
    for node in container.nodes.values():
        for sentence in (*_node(container, node), *_event(container, node)):
            yield Fault(container.file, node.id, sentence)
    yield from _unreached(container)
    yield from _idle_loops(container)


def _loose(container: Container) -> Iterator[Fault]:
    for flow in container.flows:
        if flow.source not in container.nodes or flow.target not in container.nodes:
            yield Fault(
                container.file, flow.id, "The flow does not join two elements of one process."
            )


def _starts(container: Container) -> Iterator[Fault]:
    starts = [node for node in container.nodes.values() if node.kind == "startEvent"]
    if len(starts) != 1:
        sentence = f"It has {len(starts)} start events; one is needed."
        yield Fault(container.file, container.id, sentence)


def _node(container: Container, node: Node) -> Iterator[str]:
    into, out = container.into(node.id), container.out_of(node.id)
    if node.kind == "subProcess":
        if (into or out) and node.is_event_sub_process:
            yield "An event sub-process has no flows into it or out of it."
        return
    if node.kind in ("startEvent", "boundaryEvent") and into:
        yield "No flow can lead to it."
    if node.kind == "endEvent":
        if out:
            yield "No flow can leave an end."
        return
    if not out:
        yield "It is a dead end: no flow leaves it."
    if node.kind == "exclusiveGateway":
        yield from _exclusive(container, node)
        return
    if len(out) > 1 and node.kind != "parallelGateway":
        yield "Several flows leave it; a gateway must say which is taken."
    if node.default or any(flow.condition is not None for flow in out):
        yield "Only an exclusive gateway has conditions and a default."


def _event(container: Container, node: Node) -> Iterator[str]:
    if node.attached_to and any(
        flow.target == node.attached_to for flow in container.out_of(node.id)
    ):
        # SpiffWorkflow finds the wrong round of the step and would open it twice.
        yield "It leads straight back to its own step; a gateway must join the flows."


def _exclusive(container: Container, node: Node) -> Iterator[str]:
    out = container.out_of(node.id)
    if len(out) == 1:
        if out[0].condition is not None:
            yield "Its only flow must have no condition."
        return
    if node.default not in {flow.id for flow in out}:
        yield "The gateway splits without a default flow."
    for flow in out:
        if flow.id == node.default:
            if flow.condition is not None:
                yield f"The default flow {flow.id} must have no condition."
        elif not flow.condition:
            yield f"The flow {flow.id} has no condition and is not the default."


def _unreached(container: Container) -> Iterator[Fault]:
    flowing = {key: node for key, node in container.nodes.items() if node.kind != "subProcess"}
    starts = [key for key, node in flowing.items() if node.kind == "startEvent"]
    ends = [key for key, node in flowing.items() if node.kind == "endEvent"]
    before: dict[str, list[str]] = {key: [] for key in container.nodes}
    for key, others in container.after.items():
        for other in others:
            before[other].append(key)
    begun = reached(starts, container.after.__getitem__)
    ending = reached(ends, before.__getitem__)
    for key in flowing:
        if key not in begun:
            yield Fault(container.file, key, "It cannot be reached from the start.")
        if key not in ending:
            yield Fault(container.file, key, "No end can be reached from it.")


def _idle_loops(container: Container) -> Iterator[Fault]:
    """Report loops that the engine would run forever without waiting."""
    idle = {key for key, node in container.nodes.items() if not _stops(node)}
    after = {key: [o for o in others if o in idle] for key, others in container.after.items()}
    for key in sorted(idle):
        if key in reached(after[key], after.__getitem__):
            yield Fault(
                container.file, key, "It is in a loop in which nothing waits for a person or a day."
            )


def _stops(node: Node) -> bool:
    if node.kind in ("userTask", "callActivity"):
        return True
    # A day from the records may be in the past; working days from now never are.
    return (node.timer or "").startswith("working_days")
