"""What comes back by itself: ways back on which nobody of the other side decided."""

from collections.abc import Mapping
from functools import lru_cache

from workflows.definition import Definition
from workflows.paths import Stop, stops_of

#: What begins a way back that is a return: a timer begins a new round of what was done well.
RETURNING = frozenset({"userTask", "serviceTask"})


@lru_cache(maxsize=256)
def own_returns(
    definition: Definition, process: str, sides: tuple[tuple[str, str], ...], purpose: str = ""
) -> frozenset[tuple[str, str]]:
    """The pairs (element, step) of a process whose way back is no decision of the other side.

    From the step's answer to its return there is a way on which all steps are of its own side.
    `sides`: each lane's name with its side.
    """
    stops = {stop.node.id: stop for stop in stops_of(definition, process, purpose)}
    side_of = dict(sides)
    return frozenset(
        (key, way.to)
        for key, stop in stops.items()
        for way in stop.ways
        if way.back and stop.node.kind in RETURNING and stops[way.to].node.kind == "userTask"
        if key in _within(way.to, stops, side_of)
    )


def _within(step: str, stops: Mapping[str, Stop], side_of: Mapping[str, str]) -> set[str]:
    """The stops that can be reached from a step, itself too, by steps of its side alone."""
    own, found, queue = side_of.get(stops[step].node.lane), {step}, [step]
    while queue:
        here = stops[queue.pop()]
        for key in (*(way.to for way in here.ways), *here.events):
            node = stops[key].node
            is_other = node.kind == "userTask" and side_of.get(node.lane) != own
            if key not in found and not is_other:
                found.add(key)
                queue.append(key)
    return found
