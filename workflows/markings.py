"""The token game: which flows of a process can hold tokens at the same time.

Every path is played with every outcome of each decision, as if no condition excluded another.
"""

from collections.abc import Iterator

from workflows.containers import Container
from workflows.drawing import Node

LIMIT = 20_000
"""Greatest number of markings examined; a process with more is refused."""

MOST_TOKENS = 2_000_000
"""Greatest number of tokens in all generated markings.

Wide markings cost more, so the two limits together bound time and memory.
"""

Marking = frozenset[str]
"""The ids of the flows that hold a token."""


class Doubled(Exception):
    """Two tokens can be on one flow; `node` is its target."""

    def __init__(self, node: str) -> None:
        self.node = node


class Stuck(Exception):
    """A token can wait forever; `node` is where it waits."""

    def __init__(self, node: str) -> None:
        self.node = node


class TooWide(Exception):
    """The process branches too much to be played."""


def play(container: Container) -> frozenset[Marking]:
    """Return every marking from the start event to the end, the empty one included if it ends.

    The container must have one start event. Raises Doubled, Stuck and TooWide.
    """
    (start,) = (node for node in container.nodes.values() if node.kind == "startEvent")
    return play_on(container, start.id)


def play_on(container: Container, element: str) -> frozenset[Marking]:
    """Return every marking after an element, as if nothing else held a token.

    Raises Doubled, Stuck and TooWide.
    """
    first = frozenset(flow.id for flow in container.out_of(element))
    seen, queue, tokens = {first}, [first], 0
    while queue:
        marking, moved = queue.pop(), False
        for other in _moves(container, marking):
            moved = True
            tokens += len(other)
            if len(seen) > LIMIT or tokens > MOST_TOKENS:
                raise TooWide
            if other not in seen:
                seen.add(other)
                queue.append(other)
        if marking and not moved:
            raise Stuck(container.targets[min(marking)])
    return frozenset(seen)


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
            raise Doubled(container.targets[key])
    return marking | set(keys)
