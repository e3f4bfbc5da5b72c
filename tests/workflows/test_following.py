"""What is said to follow is what follows when the engine really runs, the nearest first."""

from itertools import chain

import pytest

from tests.workflows import reached, real
from tests.workflows.reached import Place, Step
from workflows.following import Ahead, ahead
from workflows.following import Place as Stands

#: What each step is answered with where nothing goes wrong; others have one answer alone.
USUAL = {
    "record_reception": "received",
    "review_designation": "accepted",
    "choose_thematic_session": "chosen",
    "choose_technical_session": "chosen",
    "record_thematic_induction": "attended",
    "record_technical_induction": "attended",
    "review_training": "accepted",
    "validate_demo_results": "validated",
    "approve_demo_test": "accepted",
    "record_personnel_reception": "received",
    "review_personnel": "accepted",
    "confirm_production": "confirmed",
    "approve_decision_makers": "approved",
    "train_decision_makers": "trained",
    "close_onboarding": "closed",
}
#: Each process with its purpose; a follow-up stands beside the path: nothing is said to follow it.
RUNS = [
    *((process, "onboarding") for process in reached.processes() if process != "follow_up"),
    ("designation", "redesignation"),
]


def usual(step: str) -> Step:
    """The usual answer of a step."""
    (only, *others) = sorted(real.CONTRACT.steps[step])
    return Step("answer", step, USUAL[step] if others else only)


def opens(after: Place) -> list[str]:
    return [step for _, step in after.opened]


def by_running(place: Place) -> tuple[list[set[str]], str]:
    """What opens: at once, when a day comes that is waited for, when one comes that then is.

    Where nothing opens until all branches have come, what opens then; or how it ends.
    """
    in_flow = sorted(wait for wait in place.waits if not wait.endswith("_lapses"))
    answered = [(step, place.onward[usual(step)]) for step in sorted(place.steps)]
    at_once = set(chain.from_iterable(opens(after) for _, after in answered))
    on_days = set(chain.from_iterable(opens(place.onward[Step("timer", t)]) for t in in_flow))
    later = set()
    for _, after in answered:
        for timer in after.waits - place.waits:
            if not timer.endswith("_lapses"):
                later |= set(opens(after.onward[Step("timer", timer)]))
    if at_once or on_days or later:
        return [at_once, on_days, later], ""
    here = place
    for step, _ in answered:
        here = here.onward[usual(step)]
        if opens(here) or here.ended:
            return [set(opens(here))], here.ended or ""
    raise AssertionError(f"nothing follows {place.steps} {place.waits}")


def by_drawing(process: str, purpose: str, place: Place) -> Ahead:
    instance = reached.load(place)
    outcomes = {step: instance.outcome(step) for step in real.definition().user_tasks}
    waits = sorted(wait for wait in place.waits if not wait.endswith("_lapses"))
    stands = [Stands(element) for element in (*sorted(place.steps), *waits)]
    return ahead(real.definition(), process, stands, outcomes, purpose)


@pytest.mark.parametrize(("process", "purpose"), RUNS)
def test_from_everywhere_that_follows_which_opens_when_it_is_run(process, purpose):
    for place in reached.places(process, purpose):
        if place.ended:
            continue
        groups, end = by_running(place)
        said = by_drawing(process, purpose, place)
        at = (process, sorted(place.steps), sorted(place.waits))
        left = list(said.steps)
        for group in groups:
            assert set(left[: len(group)]) == group, (at, said, groups)
            left = left[len(group) :]
        assert not left, (at, said, groups)
        assert said.end == end, (at, said)


def test_every_step_and_every_pair_that_can_be_open_together_is_stood_at():
    stood = {place.steps for process, purpose in RUNS for place in reached.places(process, purpose)}
    tasks = real.definition().user_tasks
    alone = {frozenset({step}) for step, task in tasks.items() if task.process != "follow_up"}
    assert alone <= stood
    pairs = {steps for steps in stood if len(steps) == 2}
    assert len(pairs) == 12
    assert max(map(len, stood)) == 2
