"""What follows from where a process stands, if all goes its usual way: the nearest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from workflows.definition import Definition
from workflows.drawing import Flow
from workflows.expressions import BadExpression, evaluate
from workflows.paths import Plan

FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where a process stands: a step that is open, a timer that waits, what the system does."""

    element: str
    #: When a timer fires, if that is known (aware UTC).
    at: datetime | None = None


@dataclass(frozen=True)
class Ahead:
    """What opens next: steps, the nearest first; or the event with which the process ends."""

    steps: tuple[str, ...] = ()
    end: str = ""


@dataclass(frozen=True)
class _Head:
    """Where a branch comes next: a step, a join or an end; `waits`: timers on the way."""

    id: str
    kind: str
    waits: int = 0


def ahead(
    definition: Definition,
    process: str,
    places: Sequence[Place],
    outcomes: Mapping[str, str],
    purpose: str = "",
) -> Ahead:
    """Return what opens next in a process that stands at these places, one per branch.

    `outcomes` are the answers so far, by element: what gateways ask of them is known. Other
    questions are answered as on the nearest way to the good end. What opens as soon as a step is
    answered comes before what waits for a day.
    """
    walk = _Walk(_plan(definition, process, purpose), outcomes)
    found: dict[str, tuple[object, ...]] = {}
    joins: list[str] = []
    ends: list[str] = []
    for number, place in enumerate(places):
        is_begun = walk.plan.nodes[place.element].kind == "intermediateCatchEvent"
        for head in walk.from_stop(place.element):
            if head.kind == "userTask":
                begun = head.waits + is_begun
                key = (bool(begun), not is_begun, place.at or FAR, number)
                found[head.id] = min(found.get(head.id, key), key)
            else:
                (joins if head.kind == "parallelGateway" else ends).append(head.id)
    for head in walk.from_gateway(joins[0]) if joins and not found else ():
        if head.kind == "userTask":
            found[head.id] = ()
        else:
            ends.append(head.id)
    here = {place.element for place in places}
    steps = [step for step in sorted(found, key=found.__getitem__) if step not in here]
    return Ahead(tuple(steps), "" if found else next(iter(ends), ""))


@lru_cache(maxsize=256)
def _plan(definition: Definition, process: str, purpose: str) -> Plan:
    return Plan.of(definition, process, purpose)


class _Unknown(Exception):
    """A gateway asks what nobody knows yet."""


class _Walk:
    """A walk on the flows of a process, through gateways and what people do not do."""

    def __init__(self, plan: Plan, outcomes: Mapping[str, str]) -> None:
        self.plan = plan
        self.outcomes = outcomes

    def from_stop(self, stop: str) -> Iterator[_Head]:
        """Where a branch comes next once a stop is done with."""
        for flow in self.plan.out[stop]:
            yield from self._along(flow, {stop}, 0)

    def from_gateway(self, gateway: str) -> Iterator[_Head]:
        """Where it goes on behind a join at which all have come."""
        for flow in self.plan.out[gateway]:
            yield from self._along(flow, {gateway}, 0)

    def _along(self, flow: Flow, done: set[str], waits: int) -> Iterator[_Head]:
        """`done`: what is taken as done by now, whose answers nobody knows."""
        node = self.plan.nodes[flow.target]
        out = self.plan.out[node.id]
        is_join = node.kind == "parallelGateway" and len(self.plan.into[node.id]) > 1
        if node.kind in ("userTask", "endEvent") or is_join:
            yield _Head(node.id, node.kind, waits)
        elif node.id not in done:
            if node.kind == "exclusiveGateway" and len(out) > 1:
                out = [self._answer(node.default, out, done)]
            waits += node.kind == "intermediateCatchEvent"
            for one in out:
                yield from self._along(one, {*done, node.id}, waits)

    def _answer(self, default: str, out: Sequence[Flow], done: set[str]) -> Flow:
        """The flow that a question leads to: by what is known, else on the usual way."""

        def outcome(element: str) -> str:
            if element in done:
                raise _Unknown
            return self.outcomes.get(element, "")

        def unknown(*_: object, **__: object) -> str:
            raise _Unknown

        functions: dict[str, Callable[..., Any]] = {
            "outcome": outcome,
            "purpose": lambda: self.plan.purpose or unknown(),
            **dict.fromkeys(("count", "validated", "holder"), unknown),
        }
        try:
            for flow in out:
                if flow.id != default and evaluate(flow.condition or "", functions):
                    return flow
        except (_Unknown, BadExpression):
            return self.plan.usual(out)
        return next(flow for flow in out if flow.id == default)
