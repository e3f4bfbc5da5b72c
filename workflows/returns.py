"""Returns of a step that no user of the other side decided."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from workflows.definition import Definition
from workflows.drawing import reached
from workflows.paths import Stop, stops_of

#: What can begin a return: a task, or a called process. A timer begins a new round of work that was
#: done well.
RETURNING = frozenset({"userTask", "serviceTask", "callActivity"})


@lru_cache(maxsize=256)
def automatic_returns(
    definition: Definition, process: str, sides: tuple[tuple[str, str], ...], purpose: str = ""
) -> frozenset[tuple[str, str]]:
    """Return the pairs (element, step) of a process whose return is not the other side's decision.

    A path leads from the step's answer to its return on which all steps belong to its own side.
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
    """Return the stops reachable from a step, itself included, only through steps of its side."""
    own = side_of.get(stops[step].node.lane)

    def after(here: str) -> Iterator[str]:
        for key in (*(way.to for way in stops[here].ways), *stops[here].events):
            node = stops[key].node
            if node.kind != "userTask" or side_of.get(node.lane) == own:
                yield key

    return reached([step], after)
