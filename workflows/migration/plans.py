"""What a version's drawing says of the places of its processes."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from workflows.containers import Container, containers_of
from workflows.definition import Definition
from workflows.drawing import Flow, Node, reached
from workflows.markings import LIMIT, Doubled, Marking, Stuck, TooWide, play, play_on
from workflows.paths import GATEWAYS, Stop, later_stops, stops_of

#: What a person can be asked to continue at.
PLACES = frozenset({"userTask", "intermediateCatchEvent"})


@lru_cache(maxsize=64)
def containers(definition: Definition) -> Mapping[str, Container]:
    """Return the processes and event sub-processes by id."""
    return {one.id: one for one in containers_of(definition.drawings)}


@lru_cache(maxsize=512)
def markings(definition: Definition, container: str) -> frozenset[Marking]:
    """Return the markings that the check's own play visits; none if it cannot be played.

    A token at an element that is no join is on the flow of `flow_into`, whichever it came by: two
    tokens are never at the same element.
    """
    drawn = containers(definition)[container]
    try:
        visited = _with_reminders(drawn, play(drawn))
    except (Doubled, Stuck, TooWide, ValueError):
        return frozenset()
    first = {
        flow.id: flow.id
        if drawn.nodes[flow.target].kind == "parallelGateway"
        else flow_into(definition, container, flow.target)
        for flow in drawn.flows
    }
    return frozenset(frozenset(first[key] for key in marking) for marking in visited)


def _with_reminders(drawn: Container, visited: frozenset[Marking]) -> frozenset[Marking]:
    """Add what a reminder begins while its step is open: the play moves on from the step first.

    Raises Doubled, Stuck and TooWide.
    """
    events = (node for node in drawn.nodes.values() if node.kind == "boundaryEvent")
    for event in (one for one in events if not one.interrupts):
        into = {flow.id for flow in drawn.into(event.attached_to)}
        aside = play_on(drawn, event.id)
        if len(visited) * len(aside) > LIMIT:
            raise TooWide
        visited |= {marking | one for marking in visited if marking & into for one in aside}
    return visited


@lru_cache(maxsize=512)
def stops(definition: Definition, container: str) -> Mapping[str, Stop]:
    """Return the stops of a process or an event sub-process by id."""
    process = process_of(definition, container)
    found = stops_of(definition, process)
    return {one.node.id: one for one in found if one.node.container == container}


def process_of(definition: Definition, container: str) -> str:
    """Return the process in which a container is drawn. Raises KeyError."""
    return container if container in definition.processes else definition.process_of(container)


def ahead(definition: Definition, container: str, elements: frozenset[str]) -> frozenset[str]:
    """Return the stops at some elements and those after them, without paths that lead back."""
    later = later_stops(definition, process_of(definition, container))
    return elements.union(*(later.get(key, frozenset()) for key in elements))


def flows_out(definition: Definition, container: str, elements: frozenset[str]) -> Iterator[Flow]:
    """Yield the flows between the given stops and the next ones, each once."""
    drawn = {flow.id: flow for flow in containers(definition)[container].flows}
    known = stops(definition, container)
    keys: dict[str, None] = {}
    for element in sorted(elements & known.keys()):
        for way in known[element].ways:
            keys |= dict.fromkeys(way.along)
    yield from (drawn[key] for key in keys if key in drawn)


def node(definition: Definition, container: str, element: str) -> Node | None:
    """Return the element of a container, or None if it is not drawn there."""
    found = containers(definition).get(container)
    return found.nodes.get(element) if found else None


def flow_into(definition: Definition, container: str, element: str) -> str:
    """Return the (first) flow into an element that is no gateway; "" if there is none."""
    flows = containers(definition)[container].into(element)
    return flows[0].id if flows else ""


def arrivals(definition: Definition, container: str, join: str, source: str, stop: str) -> str:
    """Return the flow by which a branch has come to a join; "" if no single one can be meant.

    `source` is the element directly before the join when it came, `stop` the last one before that
    is no gateway: a gateway may have another id in this version.
    """
    drawn = containers(definition)[container]
    direct = [flow for flow in drawn.into(join) if flow.source == source]
    if direct:
        return direct[0].id if len(direct) == 1 else ""

    def back(key: str) -> list[str]:
        passes = drawn.nodes[key].kind in GATEWAYS
        return [flow.source for flow in drawn.into(key)] if passes else []

    from_stop = [flow for flow in drawn.into(join) if stop in reached([flow.source], back)]
    is_gateway = source != stop
    return from_stop[0].id if is_gateway and len(from_stop) == 1 else ""


def arrivals_elsewhere(
    old: Definition, new: Definition, container: str, source: str, stop: str
) -> str:
    """Return the flow by which a branch has come to a join that has another id now; "" if none."""
    former, drawn = containers(old)[container].nodes, containers(new)[container]
    joins = [key for key in drawn.nodes if key not in former and is_join(drawn, key)]
    flows = [arrivals(new, container, key, source, stop) for key in joins]
    found = [flow for flow in flows if flow]
    return found[0] if len(found) == 1 else ""


def is_join(drawn: Container, element: str) -> bool:
    """Return whether an element waits for several branches."""
    node = drawn.nodes.get(element)
    return node is not None and node.kind == "parallelGateway" and len(drawn.into(element)) > 1


def joining(definition: Definition, container: str, marking: Marking) -> list[str]:
    """Return the flows of a marking into joins at which every branch has arrived."""
    drawn = containers(definition)[container]
    ends = {drawn.targets[key] for key in marking}
    joins = {key for key in ends if drawn.nodes[key].kind == "parallelGateway"}
    full = {key for key in joins if all(flow.id in marking for flow in drawn.into(key))}
    return sorted(key for key in marking if drawn.targets[key] in full)


def before(definition: Definition, container: str, element: str) -> Iterator[str]:
    """Yield the elements before one, the nearest first, its host if it is a boundary event."""
    drawn = containers(definition)[container]
    queue, seen = [element], {element}
    while queue:
        here = queue.pop(0)
        sources = [flow.source for flow in drawn.into(here)]
        sources += [drawn.nodes[here].attached_to] if drawn.nodes[here].attached_to else []
        for key in sources:
            if key not in seen:
                seen.add(key)
                queue.append(key)
                yield key


def events_on(definition: Definition, container: str, host: str) -> tuple[Node, ...]:
    """Return the events on the boundary of an activity, as drawn."""
    return tuple(containers(definition)[container].boundary_of(host))


def event_sub_processes(definition: Definition, container: str) -> dict[str, Node]:
    """Return the event sub-processes of a process: id → its start event."""
    drawn = containers(definition)
    return {
        key: next(n for n in drawn[key].nodes.values() if n.kind == "startEvent")
        for key, one in drawn[container].nodes.items()
        if one.is_event_sub_process
    }
