"""Everywhere that a process can get, found by really running the engine.

Every open step is answered in every way that its contract knows, every timer fires, every task of
the system has every outcome. Two moments are the same place where the same steps are open, the
same timers wait and what gateways ask for is the same.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.workflows import real
from tests.workflows.walking import World
from workflows import clock
from workflows.instance import Instance

#: What gateways count, up to how often it matters.
COUNTED = {
    ("correct_designation", "lapsed"): 3,
    ("correct_personnel", "lapsed"): 3,
    ("call_entity", "not_reached"): 3,
    ("sign_letter", "signed"): 3,
}
#: What gateways ask for long after it was answered.
ASKED = ("record_reception", "record_personnel_reception")
HOLDERS = ("entity", "sip", "sgtd", "date")


@dataclass(frozen=True)
class Step:
    """One thing that happens: a step is answered, or a timer fires."""

    kind: str  # "answer", "timer"
    element: str
    outcome: str = ""
    #: What the checks of the system find on the way.
    checked: str = "complete"
    holder: str = "entity"


@dataclass
class Place:
    """Where a process can be: its state, how it is reached, and what that opened."""

    state: bytes
    path: tuple[Step, ...]
    opened: tuple[tuple[str, str], ...] = ()
    steps: frozenset[str] = frozenset()
    waits: frozenset[str] = frozenset()
    ended: str | None = None
    #: What can happen here, and where that leads.
    onward: dict[Step, "Place"] = field(default_factory=dict)


class Run:
    """An instance of the real diagrams that is taken from place to place."""

    def __init__(self, process: str, purpose: str) -> None:
        self.process = process
        self.world = World()
        self.world.reason = purpose

    def begin(self, holder: str = "entity") -> tuple[Instance, Step]:
        """A new instance at its first place."""
        self.world.who = holder
        instance = Instance.start(real.definition(), self.process, self.world)
        self._advance(instance, "complete")
        return instance, Step("answer", "", holder=holder)

    def load(self, place: Place) -> Instance:
        return Instance.load(real.definition(), place.state, self.world)

    def take(self, place: Place, step: Step) -> Instance:
        """The instance after one thing more has happened."""
        instance = self.load(place)
        self.world.who = step.holder
        if step.kind == "answer":
            (task,) = [one for one in instance.open_tasks() if one.step == step.element]
            instance.complete(task.id, step.outcome)
        else:
            instance.reschedule(step.element, self.world.now)
        self._advance(instance, step.checked)
        return instance

    def _advance(self, instance: Instance, checked: str) -> None:
        failed = instance.advance(lambda name: checked if name.startswith("check_") else "done")
        assert not failed

    def possible(self, place: Place) -> Iterator[Step]:
        """All that can happen at a place; what runs beside it does not begin."""
        for step in sorted(place.steps):
            for outcome in sorted(real.CONTRACT.steps[step]):
                yield from self._each(Step("answer", step, outcome))
        for element in sorted(place.waits):
            yield from self._each(Step("timer", element))

    def _each(self, step: Step) -> Iterator[Step]:
        if step.element in ("report_training", "run_demo_test"):
            for checked in ("complete", "incomplete"):
                yield Step(step.kind, step.element, step.outcome, checked)
        elif self.process == "follow_up" and step.kind == "timer":
            for holder in HOLDERS:
                yield Step(step.kind, step.element, holder=holder)
        else:
            yield step


@cache
def places(process: str, purpose: str = "onboarding") -> tuple[Place, ...]:
    """Everywhere that a process can get, the nearest first."""
    before = clock._now
    try:
        return tuple(_explore(process, purpose))
    finally:
        clock.use_clock(before)  # whoever asks goes on by the clock that they had


def _explore(process: str, purpose: str) -> list[Place]:
    run, known, found = Run(process, purpose), {}, []
    queue: deque[Place] = deque()

    def come(instance: Instance, path: tuple[Step, ...]) -> Place:
        opened = tuple(
            (one.source, one.element)
            for one in instance.happenings()
            if one.kind == "opened" and one.task_id
        )
        waits = frozenset(one.element for one in instance.waiting() if one.kind != "start")
        steps = frozenset(one.step for one in instance.open_tasks())
        place = Place(instance.dump(), path, opened, steps, waits, instance.ended)
        key = (steps, waits, instance.ended, opened, _asked(instance))
        if key not in known:
            known[key] = place
            found.append(place)
            queue.append(place)
        return known[key]

    for holder in HOLDERS if process == "follow_up" else ("entity",):
        first, step = run.begin(holder)
        come(first, (step,))
    while queue:
        here = queue.popleft()
        for step in run.possible(here):
            here.onward[step] = come(run.take(here, step), (*here.path, step))
    return found


def _asked(instance: Instance) -> tuple[object, ...]:
    """What the gateways of a process ask for, at this moment."""
    entries = instance._ledger.entries
    counts = tuple(
        min(most, sum((e.element, e.outcome) == key for e in entries))
        for key, most in COUNTED.items()
    )
    return (*counts, *(instance.outcome(step) for step in ASKED))


def load(place: Place) -> Instance:
    """The instance that stands at a place."""
    before = clock._now
    try:
        return Instance.load(real.definition(), place.state, World())
    finally:
        clock.use_clock(before)


def processes() -> list[str]:
    """The processes that have steps of people, the stages in their order first."""
    definition = real.definition()
    drawn = {step.process for step in definition.user_tasks.values()}
    return [*definition.stages, *sorted(drawn - set(definition.stages))]
