"""Every place that a process can reach, found by running the engine.

Every open step is answered with every outcome in its contract, every timer fires, every service
task has every outcome. Two moments are the same place if they have the same open steps, the same
waiting timers and the same inputs of gateways.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile

from tests.workflows import real
from tests.workflows.walking import World
from workflows import clock
from workflows.instance import Instance

#: The outcomes that gateways count, up to the number that matters.
COUNTED = {
    ("correct_designation", "lapsed"): 3,
    ("correct_personnel", "lapsed"): 3,
    ("call_entity", "not_reached"): 3,
    ("sign_letter", "signed"): 3,
    ("sign_control_notice", "returned"): 1,
}
#: Outcomes that gateways read long after the answer.
READ_LATER = ("record_reception", "record_personnel_reception")
HOLDERS = ("entity", "sip", "sgtd", "date")
#: A step after which the follow-up asks who holds the case, as after its timers.
RETURNED = "sign_control_notice"
#: The default outcome of a service task. The paper that a norm may require is another stage, which
#: is walked under its own name.
PLAIN = {"apply_personnel_change": "applied", "check_personnel_paper": "not_needed"}
#: Steps after which the system finds posts that the authority has to approve, or none.
CHANGES = ("record_personnel_change", "confirm_register")


def said(service: str, checked: str) -> str:
    """Return the outcome of a service task: `checked` if it can have that, otherwise the plain
    one."""
    offered = real.CONTRACT.service_tasks[service]
    return checked if checked in offered else PLAIN.get(service, "done")


@dataclass(frozen=True)
class Step:
    """One event: a step is answered, or a timer fires."""

    kind: str  # "answer", "timer"
    element: str
    outcome: str = ""
    #: The outcome of the system's checks on the way.
    checked: str = "complete"
    holder: str = "entity"


@dataclass
class Place:
    """A place of a process: its state, the path to it, and what that opened."""

    state: bytes
    path: tuple[Step, ...]
    opened: tuple[tuple[str, str], ...] = ()
    steps: frozenset[str] = frozenset()
    waits: frozenset[str] = frozenset()
    ended: str | None = None
    #: The possible events here, and the places they lead to.
    onward: dict[Step, "Place"] = field(default_factory=dict)


class Run:
    """An instance of the real diagrams that is moved from place to place."""

    def __init__(self, process: str, purpose: str) -> None:
        self.process = process
        self.world = World()
        self.world.reason = purpose

    def begin(self, holder: str, checked: str) -> tuple[Instance, Step]:
        """Return a new instance at its first place."""
        self.world.who = holder
        instance = Instance.start(real.definition(), self.process, self.world)
        self._advance(instance, checked)
        return instance, Step("answer", "", checked=checked, holder=holder)

    def load(self, place: Place) -> Instance:
        return Instance.load(real.definition(), place.state, self.world)

    def take(self, place: Place, step: Step) -> Instance:
        """Return the instance after one more event."""
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
        failed = instance.advance(lambda name: said(name, checked))
        assert not failed

    def possible(self, place: Place) -> Iterator[Step]:
        """Yield all possible events at a place; event sub-processes do not start."""
        for step in sorted(place.steps):
            for outcome in sorted(real.CONTRACT.steps[step]):
                yield from self._each(Step("answer", step, outcome))
        for element in sorted(place.waits):
            yield from self._each(Step("timer", element))

    def _each(self, step: Step) -> Iterator[Step]:
        if step.element in ("report_training", "run_demo_test"):
            for checked in ("complete", "incomplete"):
                yield Step(step.kind, step.element, step.outcome, checked)
        elif step.element in CHANGES:
            for checked in ("applied", "to_approve"):
                yield Step(step.kind, step.element, step.outcome, checked)
        elif (step.kind == "timer" and self.process == "follow_up") or step.element == RETURNED:
            for holder in HOLDERS:
                yield Step(step.kind, step.element, step.outcome, holder=holder)
        else:
            yield step


@cache
def places(process: str, purpose: str = "onboarding") -> tuple[Place, ...]:
    """Return every place that a process can reach, the nearest first."""
    before = clock._now
    try:
        return tuple(_explore(process, purpose))
    finally:
        clock.use_clock(before)  # restore the caller's clock


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
        key = (steps, waits, instance.ended, opened, _gateway_inputs(instance))
        if key not in known:
            known[key] = place
            found.append(place)
            queue.append(place)
        return known[key]

    begins = [(holder, "complete") for holder in HOLDERS[: 4 if process == "follow_up" else 1]]
    if process == "personnel_effects":
        begins.append(("entity", "to_approve"))
    for holder, checked in begins:
        first, step = run.begin(holder, checked)
        come(first, (step,))
    while queue:
        here = queue.popleft()
        for step in run.possible(here):
            here.onward[step] = come(run.take(here, step), (*here.path, step))
    return found


def _gateway_inputs(instance: Instance) -> tuple[object, ...]:
    """Return the current inputs of a process's gateways."""
    entries = instance._outcomes.entries
    counts = tuple(
        min(most, sum((e.element, e.outcome) == key for e in entries))
        for key, most in COUNTED.items()
    )
    since_return = takewhile(lambda e: e.element != "sign_control_notice", reversed(entries))
    again = any((e.element, e.outcome) == ("sign_letter", "signed") for e in since_return)
    return (*counts, again, *(instance.outcome(step) for step in READ_LATER))


def load(place: Place) -> Instance:
    """Return the instance at a place."""
    before = clock._now
    try:
        return Instance.load(real.definition(), place.state, World())
    finally:
        clock.use_clock(before)


def processes() -> list[str]:
    """Return the processes with user tasks, the stages in their order first."""
    definition = real.definition()
    drawn = {step.process for step in definition.user_tasks.values()}
    return [*definition.stages, *sorted(drawn - set(definition.stages))]
