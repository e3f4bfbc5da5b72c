"""The order of a process as drawn: its stops and the paths between them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from workflows.definition import Definition
from workflows.drawing import Flow, Node, reached
from workflows.expressions import BadExpression, evaluate

GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway"})
#: Longer than any path.
UNREACHABLE = 10_000
#: The text of a timer that waits for a day from the records.
DAY_OF = re.compile(r'day_of\(\s*"([a-z_]+)"\s*\)')


@dataclass(frozen=True)
class Way:
    """A path from a stop to the next, through gateways."""

    to: str = ""
    #: The ids of all flows and gateways on it.
    along: tuple[str, ...] = ()
    #: The questions on the path with their answers, as drawn.
    answers: tuple[tuple[str, str], ...] = ()
    #: Split: it begins in parallel with other branches.
    splits: bool = False
    #: Join: it continues when every parallel branch has arrived.
    joins: bool = False
    #: It replaces the stop when that was validated before.
    skips: bool = False
    #: It leads back to an earlier stop.
    back: bool = False


@dataclass(frozen=True)
class Stop:
    """An event, a task, a called process or an event sub-process: everything but gateways."""

    node: Node
    #: Position from 1, in reading order: from the start, branch after branch.
    order: int
    #: Whether it lies on the main path: the shortest to the good end.
    main: bool
    ways: tuple[Way, ...]
    #: The events on its boundary.
    events: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def stops_of(definition: Definition, process: str, purpose: str = "") -> tuple[Stop, ...]:
    """Return the stops of a process in order; event sub-processes come last.

    `purpose` is the value of `purpose()` in the diagram's conditions and closes the other paths;
    with "" all are open. Raises KeyError for a process that is not drawn.
    """
    if process not in definition.processes:
        raise KeyError(process)
    nodes = [node for drawing in definition.drawings for node in drawing.nodes]
    sub_processes = [n.id for n in nodes if n.process == process and n.is_event_sub_process]
    found: list[Stop] = []
    for container in (process, *sub_processes):
        plan = Plan.of(definition, container, purpose)
        for stop in plan.stops():
            main = stop.main and container == process
            found.append(replace(stop, order=len(found) + 1, main=main))
    return tuple(found)


@lru_cache(maxsize=256)
def later_stops(
    definition: Definition, process: str, purpose: str = ""
) -> Mapping[str, frozenset[str]]:
    """Return, for each stop, every stop that comes after it without going back."""
    after: dict[str, frozenset[str]] = {}
    for stop in reversed(stops_of(definition, process, purpose)):
        next_ones = [*(way.to for way in stop.ways if not way.back), *stop.events]
        after[stop.node.id] = frozenset(next_ones).union(*(after.get(n, ()) for n in next_ones))
    return after


@dataclass(frozen=True)
class SetDay:
    """A timer in the flow that waits for a day from the records, and the tasks around it."""

    timer: str
    #: The name of the day, as `day_of()` takes it.
    day: str
    before: frozenset[str]
    after: frozenset[str]


@lru_cache(maxsize=256)
def set_days(definition: Definition, process: str, purpose: str = "") -> tuple[SetDay, ...]:
    """Return the timers of a process that wait for a day from the records, in order."""
    stops = {stop.node.id: stop for stop in stops_of(definition, process, purpose)}
    into: dict[str, list[str]] = defaultdict(list)
    onward: dict[str, list[str]] = {}
    for key, stop in stops.items():
        onward[key] = [way.to for way in stop.ways]
        for target in onward[key]:
            into[target].append(key)
    return tuple(
        SetDay(key, named[1], _nearest(key, into, stops), _nearest(key, onward, stops))
        for key, stop in stops.items()
        if (named := DAY_OF.fullmatch(stop.node.timer or ""))
    )


@lru_cache(maxsize=64)
def stops_before_waits(definition: Definition) -> Mapping[str, frozenset[str]]:
    """Return, for each intermediate event (of any process), the stops whose end begins the wait.

    Where a process begins with the event, these are the stops before the process where it is
    called.
    """
    nodes = [node for drawing in definition.drawings for node in drawing.nodes]
    into: dict[str, set[str]] = defaultdict(set)
    for process in definition.processes:
        for stop in stops_of(definition, process):
            for way in stop.ways:
                into[way.to].add(stop.node.id)
    callers: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if node.called:
            callers[node.called] |= into[node.id]
    starts = {n.id: n.process for n in nodes if n.kind == "startEvent" and not n.timer}
    return {
        node.id: frozenset().union(
            *(callers[starts[key]] if key in starts else {key} for key in into[node.id])
        )
        for node in nodes
        if node.kind == "intermediateCatchEvent"
    }


def _nearest(
    start: str, around: Mapping[str, list[str]], stops: Mapping[str, Stop]
) -> frozenset[str]:
    """Return the user tasks that are reached first on every path from a stop."""
    steps = {key for key, stop in stops.items() if stop.node.kind == "userTask"}
    return frozenset(
        steps & reached(around[start], lambda key: () if key in steps else around[key])
    )


@dataclass
class Plan:
    """A process, or an event sub-process, with its flows."""

    id: str
    purpose: str
    nodes: dict[str, Node] = field(default_factory=dict)
    out: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    into: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, definition: Definition, container: str, purpose: str) -> "Plan":
        plan = cls(container, purpose)
        for drawing in definition.drawings:
            plan.nodes |= {node.id: node for node in drawing.nodes if node.container == container}
            for flow in drawing.flows:
                if flow.container == container:
                    plan.out[flow.source].append(flow)
                    plan.into[flow.target].append(flow)
        return plan

    def stops(self) -> Iterator[Stop]:
        """Yield the stops in order, with their paths; paths that lead back are marked."""
        order = _Order(self.starts, self.ways, self.events)
        main = self._main()
        for place, key in enumerate(order.stops(), 1):
            marked = tuple(replace(way, back=order.is_back(key, way.to)) for way in self.ways[key])
            yield Stop(self.nodes[key], place, key in main, marked, self.events.get(key, ()))

    @property
    def starts(self) -> list[str]:
        return [key for key, node in self.nodes.items() if node.kind == "startEvent"]

    @cached_property
    def events(self) -> dict[str, tuple[str, ...]]:
        """The boundary events of each activity that has some."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self.nodes.values():
            if host := node.attached_to:
                found[host] = (*found.get(host, ()), node.id)
        return found

    @cached_property
    def ways(self) -> dict[str, tuple[Way, ...]]:
        """The paths of each stop."""
        stops = [key for key, node in self.nodes.items() if node.kind not in GATEWAYS]
        return {key: tuple(self._ways(key)) for key in stops}

    def _ways(self, key: str) -> Iterator[Way]:
        for flow in self.out[key]:
            yield from self._along(flow, Way())
        for into in self.into[key]:
            for flow in self.out[into.source]:
                if _skips(flow) and not _skips(into):
                    yield from self._along(flow, Way(skips=True))

    def _along(self, flow: Flow, way: Way) -> Iterator[Way]:
        """Yield the paths that begin with a flow, each up to its first stop."""
        way, node = replace(way, along=(*way.along, flow.id)), self.nodes[flow.target]
        if node.kind not in GATEWAYS:
            yield replace(way, to=node.id)
            return
        if node.id in way.along:
            return
        joins = way.joins or (node.kind == "parallelGateway" and len(self.into[node.id]) > 1)
        way, out = replace(way, along=(*way.along, node.id), joins=joins), self._open(node)
        for one in out:
            step = way
            if len(out) > 1 and node.kind == "exclusiveGateway":
                step = replace(way, answers=(*way.answers, (node.name, one.name)))
            elif len(out) > 1:
                step = replace(way, splits=True)
            yield from self._along(one, step)

    def _open(self, node: Node) -> Sequence[Flow]:
        """Return the open flows out of a gateway.

        Flows that skip a stage are left out (the stage has them), and so are those closed by the
        purpose.
        """
        out = [flow for flow in self.out[node.id] if not _skips(flow)]
        known = {flow.id: self._by_purpose(flow) for flow in out if flow.condition}
        if not known or None in known.values():
            return out
        said = [flow for flow in out if known.get(flow.id)]
        return said or [flow for flow in out if flow.id == node.default]

    def _by_purpose(self, flow: Flow) -> bool | None:
        """Return the value of a condition if the purpose alone decides it, otherwise None."""
        if not self.purpose:
            return None
        try:
            return bool(evaluate(flow.condition or "", {"purpose": lambda: self.purpose}))
        except BadExpression:
            return None

    def _main(self) -> set[str]:
        """Return the stops on the path with the fewest user tasks from start to good end."""
        ways = {key: [way for way in of if not way.skips] for key, of in self.ways.items()}
        left = self.left
        found: set[str] = set()
        queue = self.starts
        while queue:
            here = queue.pop(0)
            if here in found:
                continue
            found.add(here)
            others = [way for way in ways[here] if not way.splits]
            best = min(others, key=lambda way: left[way.to], default=None)
            queue += [way.to for way in ways[here] if way.splits] + ([best.to] if best else [])
        return found

    @cached_property
    def left(self) -> Mapping[str, int]:
        """For each stop, the number of user tasks before the good end; no stage is skipped."""
        return self._left({key: [w for w in of if not w.skips] for key, of in self.ways.items()})

    def usual(self, flows: Sequence[Flow]) -> Flow:
        """Return the flow out of a gateway that is nearest to the good end."""
        return min(flows, key=lambda one: min(self.left[w.to] for w in self._along(one, Way())))

    def _left(self, ways: Mapping[str, Sequence[Way]]) -> dict[str, int]:
        """Return, for each stop, the number of user tasks before the good end, itself included."""
        ends = [key for key, node in self.nodes.items() if node.kind == "endEvent"]
        good = f"{self.id}_done" if f"{self.id}_done" in ends else next(iter(ends), "")
        left = dict.fromkeys(ways, UNREACHABLE) | {good: 0}
        for _ in ways:
            for key, several in ways.items():
                own = self.nodes[key].kind == "userTask"
                nearest = min((left[way.to] for way in several), default=UNREACHABLE)
                left[key] = min(left[key], nearest + own)
        return left


def _skips(flow: Flow) -> bool:
    """Return whether the flow skips a stage that was validated from outside."""
    return "validated(" in (flow.condition or "")


class _Order:
    """The order of the stops in texts: a stop comes before those that it leads to."""

    def __init__(
        self,
        starts: Sequence[str],
        ways: Mapping[str, Sequence[Way]],
        events: Mapping[str, Sequence[str]],
    ) -> None:
        self.after = {
            key: [*(way.to for way in several), *events.get(key, ())]
            for key, several in ways.items()
        }
        self.far = dict.fromkeys(ways, UNREACHABLE)
        #: Parts between splits and joins; within each, the branches one after the other.
        self.places: dict[str, tuple[int, int, int]] = {}
        queue = [(key, 0, 0, 0) for key in starts]
        while queue:
            here, far, part, branch = queue.pop(0)
            if here in self.places:
                continue
            self.far[here] = far
            self.places[here] = (part, branch, len(self.places))
            splits = [way for way in ways[here] if way.splits]
            for way in ways[here]:
                new = splits.index(way) if way.splits else 0 if way.joins else branch
                queue.append((way.to, far + 1, part + (way.splits or way.joins), new))
            queue += [(key, far + 1, part, branch) for key in events.get(here, ())]
        for key in ways:
            self.places.setdefault(key, (UNREACHABLE, 0, len(self.places)))

    def is_back(self, source: str, target: str) -> bool:
        """Return whether a path leads back to an earlier stop.

        That is: nearer to the start, or the stop itself; or as near, if a path leads straight back.
        """
        if self.far[source] != self.far[target]:
            return self.far[target] < self.far[source]
        looping = source in self.after[target]
        return source == target or (looping and self.places[target] < self.places[source])

    def stops(self) -> Iterator[str]:
        """Yield all stops."""
        left = sorted(self.places, key=self.places.__getitem__)
        while left:
            free = (key for key in left if not self._is_awaited(key, left))
            here = next(free, left[0])
            left.remove(here)
            yield here

    def _is_awaited(self, key: str, left: Sequence[str]) -> bool:
        """Return whether a stop that comes before it is still left."""
        part = self.places[key][:2]
        return any(
            key in self.after[other] and not self.is_back(other, key)
            for other in left
            if other != key and self.places[other][:2] <= part
        )
