"""Play every path through a process with tokens: none may get stuck, or run twice at once."""

from collections.abc import Iterator

from workflows.contract import Fault
from workflows.drawing import Node, reached
from workflows.faults.plan import Container

LIMIT = 20_000
"""Greatest number of markings examined; a process with more is refused."""

MOST_TOKENS = 2_000_000
"""Greatest number of tokens in all generated markings.

Wide markings cost more, so the two limits together bound time and memory.
"""

Marking = frozenset[str]
"""The ids of the flows that hold a token."""


class _Doubled(Exception):
    def __init__(self, node: str) -> None:
        self.node = node


def check_tokens(container: Container) -> Iterator[Fault]:
    """Report joins that may wait forever for a branch, and elements that may run twice at once."""
    if not any(node.kind == "parallelGateway" for node in container.nodes.values()):
        return
    (start,) = (node for node in container.nodes.values() if node.kind == "startEvent")
    first = frozenset(flow.id for flow in container.out_of(start.id))
    seen, queue, tokens = {first}, [first], 0
    while queue:
        marking, moved = queue.pop(), False
        try:
            for other in _moves(container, marking):
                moved = True
                tokens += len(other)
                if len(seen) > LIMIT or tokens > MOST_TOKENS:
                    yield Fault(container.file, container.id, "It branches too much to be checked.")
                    return
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        except _Doubled as error:
            yield Fault(container.file, error.node, "Two branches may run through it at once.")
            return
        if marking and not moved:
            yield _stuck(container, marking)
            return
    yield from _looping_joins(container)


def _stuck(container: Container, marking: Marking) -> Fault:
    target = container.targets[min(marking)]
    return Fault(container.file, target, "It may wait for a branch that never comes.")


def _moves(container: Container, marking: Marking) -> Iterator[Marking]:
    reached = dict.fromkeys(container.targets[key] for key in sorted(marking))
    for node in (container.nodes[key] for key in reached):
        into = [flow.id for flow in container.into(node.id)]
        held = [key for key in into if key in marking]
        if node.kind == "parallelGateway":
            if len(held) == len(into):
                out = [flow.id for flow in container.out_of(node.id)]
                yield _put(container, marking - set(into), out)
            continue
        for key in held:
            yield from _through(container, node, marking - {key})


def _through(container: Container, node: Node, rest: Marking) -> Iterator[Marking]:
    """Yield what follows when a token passes a node other than a parallel gateway."""
    if node.kind == "endEvent":
        yield frozenset() if "terminate" in node.events else rest
        return
    out = [flow.id for flow in container.out_of(node.id)]
    if node.kind == "exclusiveGateway":
        for key in out:
            yield _put(container, rest, [key])
        return
    yield _put(container, rest, out)
    for event in container.boundary_of(node.id):
        aside = [flow.id for flow in container.out_of(event.id)]
        yield _put(container, rest, aside if event.interrupts else out + aside)


def _put(container: Container, marking: Marking, keys: list[str]) -> Marking:
    for key in keys:
        if key in marking:
            raise _Doubled(container.targets[key])
    return marking | set(keys)


def _looping_joins(container: Container) -> Iterator[Fault]:
    """Report parallel joins in loops: SpiffWorkflow counts the branches of earlier rounds again."""
    for node in container.nodes.values():
        if node.kind != "parallelGateway" or len(container.into(node.id)) < 2:
            continue
        after = container.after
        if node.id in reached(after[node.id], after.__getitem__):
            yield Fault(container.file, node.id, "A parallel join must not be within a loop.")
