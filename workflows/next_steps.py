"""The next steps of a process if everything goes the usual way, the nearest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from workflows.definition import Definition
from workflows.drawing import Flow
from workflows.expressions import BadExpression, evaluate
from workflows.paths import Plan

LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """A position of a process: an open step, a waiting timer, or a task of the system."""

    element: str
    #: When a timer fires, if known (aware UTC).
    at: datetime | None = None


@dataclass(frozen=True)
class NextSteps:
    """The steps that open next, the nearest first; or the end event of the process."""

    steps: tuple[str, ...] = ()
    end: str = ""


@dataclass(frozen=True)
class _Next:
    """The next element of a branch: a step, a join or an end; `waits`: timers on the way."""

    id: str
    kind: str
    waits: int = 0


def ahead(
    definition: Definition,
    process: str,
    places: Sequence[Place],
    outcomes: Mapping[str, str],
    purpose: str = "",
) -> NextSteps:
    """Return what opens next in a process that is at these places, one per branch.

    `outcomes` holds the answers so far, by element; gateways that ask for them are decided by them.
    Other gateways take the shortest way to the good end. Steps that open as soon as a step is
    answered come before those that wait for a day.
    """
    walk = _Walk(_plan(definition, process, purpose), outcomes)
    found: dict[str, tuple[object, ...]] = {}
    joins: list[str] = []
    ends: list[str] = []
    for number, place in enumerate(places):
        is_begun = walk.plan.nodes[place.element].kind == "intermediateCatchEvent"
        for following in walk.from_stop(place.element):
            if following.kind == "userTask":
                begun = following.waits + is_begun
                key = (bool(begun), not is_begun, place.at or LATEST, number)
                found[following.id] = min(found.get(following.id, key), key)
            else:
                (joins if following.kind == "parallelGateway" else ends).append(following.id)
    for following in walk.from_gateway(joins[0]) if joins and not found else ():
        if following.kind == "userTask":
            found[following.id] = ()
        else:
            ends.append(following.id)
    here = {place.element for place in places}
    steps = [step for step in sorted(found, key=found.__getitem__) if step not in here]
    return NextSteps(tuple(steps), "" if found else next(iter(ends), ""))


@lru_cache(maxsize=256)
def _plan(definition: Definition, process: str, purpose: str) -> Plan:
    return Plan.of(definition, process, purpose)


class _Unknown(Exception):
    """A gateway asks for an outcome that is not known yet."""


class _Walk:
    """A walk along the flows of a process, through gateways and everything but user tasks."""

    def __init__(self, plan: Plan, outcomes: Mapping[str, str]) -> None:
        self.plan = plan
        self.outcomes = outcomes

    def from_stop(self, stop: str) -> Iterator[_Next]:
        """Yield what comes next on each branch after a stop is finished."""
        for flow in self.plan.out[stop]:
            yield from self._along(flow, {stop}, 0)

    def from_gateway(self, gateway: str) -> Iterator[_Next]:
        """Yield what comes next after a join that all branches have reached."""
        for flow in self.plan.out[gateway]:
            yield from self._along(flow, {gateway}, 0)

    def _along(self, flow: Flow, done: set[str], waits: int) -> Iterator[_Next]:
        """Follow a flow. `done`: stops assumed to be finished, whose outcomes are not known."""
        node = self.plan.nodes[flow.target]
        out = self.plan.out[node.id]
        is_join = node.kind == "parallelGateway" and len(self.plan.into[node.id]) > 1
        if node.kind in ("userTask", "endEvent") or is_join:
            yield _Next(node.id, node.kind, waits)
        elif node.id not in done:
            if node.kind == "exclusiveGateway" and len(out) > 1:
                out = [self._answer(node.default, out, done)]
            waits += node.kind == "intermediateCatchEvent"
            for one in out:
                yield from self._along(one, {*done, node.id}, waits)

    def _answer(self, default: str, out: Sequence[Flow], done: set[str]) -> Flow:
        """Return the flow that a gateway takes: by known outcomes, otherwise the usual one."""

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
