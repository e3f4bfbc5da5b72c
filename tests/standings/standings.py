"""The distinct standings of stored cases, and the walk of each through every kind of change."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.workflows import real
from tests.workflows.migration import alterations
from tests.workflows.migration.moving import WorldDates
from tests.workflows.migration.walker import walk_to_end
from tests.workflows.walking import World
from workflows import migration
from workflows.definition import Definition
from workflows.instance import Instance
from workflows.migration import Choices


@dataclass(frozen=True)
class Standing:
    """Where a case stands.

    That is: its elements and waits, joins and follow-ups among them, and the outcomes that
    conditions of its running processes ask.
    """

    process: str
    position: tuple[str, ...]
    waits: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...]


def standings(states: Iterable[tuple[str, bytes]], at: datetime) -> dict[Standing, bytes]:
    """Return a state for each distinct standing of stored cases (process, state)."""
    found: dict[Standing, bytes] = {}
    for process, state in states:
        world = world_of(process, at)
        instance = Instance.load(real.definition(), state, world)
        if instance.ended is None:
            found.setdefault(_standing(instance), state)
    return found


def world_of(process: str, at: datetime) -> World:
    """Return the surroundings of a case at a moment."""
    world = World()
    world.now, world.reason = at, process
    return world


def _standing(instance: Instance) -> Standing:
    definition = instance.definition
    position = tuple(instance.position())
    running = {definition.process_of(element) for element in position}
    outcomes = (
        (key, instance.outcome(key))
        for key in sorted(definition.deciding)
        if definition.process_of(key) in running
    )
    waits = sorted(one.element for one in instance.waiting())
    return Standing(instance.process, position, tuple(waits), tuple(outcomes))


def walk_changed(found: dict[Standing, bytes], at: datetime, every: int = 1) -> Counter[str]:
    """Move each standing to each version that changes a process in which it stands.

    `every`: 3 takes a third of the versions, another third for the next standing.

    Each case that moves, by every option where people decide, is walked to an end. Return how many
    there were of each kind of verdict.
    """
    kinds: Counter[str] = Counter()
    for number, (standing, state) in enumerate(found.items()):
        for kind, new in list(versions_for(standing))[number % every :: every]:
            for verdict in _verdicts(standing, state, new, at):
                kinds[verdict.kind] += 1
                if verdict.state is None:
                    assert kind in ("removed", "split", "timers removed"), (standing, verdict)
                    continue
                world = world_of(standing.process, at)
                walk_to_end(Instance.load(new, verdict.state, world), world)
    return kinds


def versions_for(standing: Standing) -> Iterator[tuple[str, Definition]]:
    """Yield the kinds of change that concern a standing, and the version of each."""
    definition = real.definition()
    elements = (*standing.position, *standing.waits)
    running = sorted({definition.process_of(element) for element in elements} - {"onboarding"})
    with_steps = {task.process for task in definition.user_tasks.values()}
    for process in running:
        if process in with_steps:
            for kind in alterations.EVERYWHERE:
                yield kind, alterations.everywhere(kind, process)
        for step in sorted(set(alterations.removable(process)) & set(standing.position)):
            for kind in alterations.AT_A_STEP:
                yield kind, alterations.at_a_step(kind, step)


def _verdicts(
    standing: Standing, state: bytes, new: Definition, at: datetime
) -> Iterator[migration.Verdict]:
    dates = WorldDates(world_of(standing.process, at))
    verdict = migration.judge(state, real.definition(), new, Choices(dates))
    if verdict.kind != "undecided":
        yield verdict
        return
    first, *others = verdict.questions
    places = {question.id: question.options[0].id for question in others}
    for option in first.options:
        answers = Choices(dates, places | {first.id: option.id})
        yield migration.judge(state, real.definition(), new, answers)
