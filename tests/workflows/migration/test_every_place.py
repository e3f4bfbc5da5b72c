"""Every kind of change, at every place that a real process can reach, walked on to an end.

The walk uses the engine alone: it shares no code with the verdict.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from tests.workflows import reached
from tests.workflows.migration import alterations
from tests.workflows.migration.moving import WorldDates
from tests.workflows.migration.walker import walk_to_end
from tests.workflows.reached import Place
from tests.workflows.walking import World
from workflows import clock, migration
from workflows.definition import Definition
from workflows.instance import Instance
from workflows.migration import Choices, Verdict

PROCESSES = reached.processes()
#: The purpose of the processes that are no stage of an onboarding.
PURPOSES = {"change_personnel", "upkeep", "change_authority", "register_follow_up"}


@cache
def places_of(process: str) -> tuple[Place, ...]:
    """Return the distinct standings of a process: open elements, waits, outcomes asked ahead."""
    purpose = process if process in PURPOSES else "onboarding"
    found: dict[object, Place] = {}
    for place in reached.places(process, purpose):
        if place.ended is None:
            inputs = reached._gateway_inputs(reached.load(place))
            found.setdefault((place.steps, place.waits, inputs), place)
    return tuple(found.values())


@pytest.fixture
def world() -> Iterator[World]:
    before = clock._now
    yield World()
    clock.use_clock(before)


def verdicts(place: Place, new: Definition, world: World, number: int) -> Iterator[Verdict]:
    """Yield the verdict on a place; where people decide, one for some options of the question.

    The first places of a kind of standing take all of them, the others one, in turn.
    """
    old = reached.load(place).definition
    verdict = migration.judge(place.state, old, new, Choices(WorldDates(world)))
    if verdict.kind != "undecided":
        yield verdict
        return
    first, *others = verdict.questions
    places = {question.id: question.options[0].id for question in others}
    options = first.options
    for option in options if number < 2 else [options[number % len(options)]]:
        answer = Choices(WorldDates(world), places | {first.id: option.id})
        yield migration.judge(place.state, old, new, answer)


def walk(new: Definition, world: World, found: Iterable[Place]) -> int:
    """Move the places of a process to a version and walk each to its end. Return how many."""
    walked = 0
    numbers: Counter[object] = Counter()
    for place in found:
        key = place.steps, place.waits
        for verdict in verdicts(place, new, world, numbers[key]):
            assert verdict.state is not None, (place.path, verdict)
            walk_to_end(Instance.load(new, verdict.state, world), world)
            walked += 1
        numbers[key] += 1
    return walked


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("kind", alterations.EVERYWHERE)
@pytest.mark.parametrize("process", PROCESSES)
def test_every_place_is_walked_to_an_end(process: str, kind: str, world: World):
    found = places_of(process)
    assert walk(alterations.everywhere(kind, process), world, found) >= len(found)


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("kind", alterations.AT_A_STEP)
@pytest.mark.parametrize("process", PROCESSES)
def test_every_place_at_a_step_that_is_gone_is_walked_to_an_end(
    process: str, kind: str, world: World
):
    for step in alterations.removable(process):
        found = [place for place in places_of(process) if step in place.steps]
        new = alterations.at_a_step(kind, step)
        somewhere = has_places(new, process)
        for place in found:
            old = reached.load(place).definition
            first = migration.judge(place.state, old, new, Choices(WorldDates(world)))
            expected = "undecided" if somewhere else "cannot"
            assert first.kind == expected, (step, place.path, first)
        assert not somewhere or walk(new, world, found) >= len(found)


def has_places(definition: Definition, process: str) -> bool:
    """Return whether a process has a step or a wait at which a case could continue."""
    nodes = [node for drawing in definition.drawings for node in drawing.nodes]
    kinds = {node.kind for node in nodes if node.container == process}
    return bool(kinds & {"userTask", "intermediateCatchEvent"})
