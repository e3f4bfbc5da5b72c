"""Automatic returns in the drawing match those of the running engine."""

from collections import deque
from collections.abc import Iterator

import pytest

from tests.workflows import reached, real
from tests.workflows.reached import Place, Step
from workflows.returns import automatic_returns

ENTITY = {"Máxima autoridad administrativa", "Administrador del RVL"}
SIDES = tuple(sorted((lane, "entity" if lane in ENTITY else "pcm") for lane in real.CONTRACT.lanes))
EXPECTED = {
    "training": {("check_training", "plan_training")},
    "demo_test": {
        ("check_demo_test", "run_demo_test"),
        ("validate_demo_results", "run_demo_test"),
    },
    "interest_acts": {
        ("approve_decision_makers", "define_decision_makers"),
        ("train_decision_makers", "train_decision_makers"),
        ("sign_certificate", "close_onboarding"),
    },
    "follow_up": {("sign_letter", "draft_letter")},
    "change_personnel": {("change_personnel_effects", "record_personnel_change")},
    "upkeep": {("upkeep_effects", "confirm_register")},
}


def side(step: str) -> str:
    return dict(SIDES)[real.definition().user_tasks[step].lane]


def come_back(process: str) -> Iterator[tuple[str, str]]:
    """Yield each answered step that comes back before the other side answers."""
    for place in reached.places(process):
        for step, after in place.onward.items():
            if step.kind == "answer":
                yield from _until_it_comes(step, after)


def _until_it_comes(step: Step, after: Place) -> Iterator[tuple[str, str]]:
    queue, seen = deque([after]), {id(after)}
    while queue:
        here = queue.popleft()
        found = [way for way in here.opened if way[1] == step.element]
        yield from found
        for then, there in here.onward.items():
            is_other = then.kind == "answer" and side(then.element) != side(step.element)
            if not found and not is_other and id(there) not in seen:
                seen.add(id(there))
                queue.append(there)


def first_ways(place: Place) -> Iterator[tuple[str, str]]:
    """Return the paths on which steps opened for the first time: these lead on, not back."""
    answered = {step.element for step in place.path}
    yield from (way for way in place.opened if way[1] not in answered)


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("process", reached.processes())
def test_automatic_returns_are_found_in_the_drawing(process):
    timers = {node.id for d in real.definition().drawings for node in d.nodes if node.timer}
    onward = {way for place in reached.places(process) for way in first_ways(place)}
    by_running = {way for way in come_back(process) if way[0] not in timers} - onward
    assert automatic_returns(real.definition(), process, SIDES) == by_running
    assert by_running == EXPECTED.get(process, set())
