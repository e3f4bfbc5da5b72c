"""The predicted next steps are those that the running engine opens, the nearest first."""

from itertools import chain

import pytest

from tests.workflows import reached, real
from tests.workflows.reached import Place, Step
from workflows.next_steps import NextSteps, ahead
from workflows.next_steps import Place as Stands

#: The answer of each step when nothing goes wrong; other steps have only one answer.
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
    "approve_personnel_change": "approved",
    "confirm_register": "confirmed",
    "train_decision_makers": "trained",
    "close_onboarding": "closed",
    "sign_certificate": "signed",
    "attend_register": "settled",
    "register_authority_change": "registered",
    "review_authority_change": "accepted",
}
#: Each process with its purpose; a follow-up is outside the path and has no prediction.
RUNS = [
    *((process, "onboarding") for process in reached.processes() if process != "follow_up"),
    ("designation", "redesignation"),
]


def usual(step: str) -> Step:
    """Return the usual answer of a step."""
    (only, *others) = sorted(real.CONTRACT.steps[step])
    checked = "applied" if step in reached.CHANGES else "complete"
    return Step("answer", step, USUAL[step] if others else only, checked)


def opens(after: Place) -> list[str]:
    return [step for _, step in after.opened]


def by_running(place: Place) -> tuple[list[set[str]], str]:
    """Return what opens: at once, when an awaited day comes, when the day after that comes.

    Where nothing opens until all branches arrive, what opens then; or how the process ends.
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


def by_drawing(process: str, purpose: str, place: Place) -> NextSteps:
    instance = reached.load(place)
    outcomes = {step: instance.outcome(step) for step in real.definition().user_tasks}
    waits = sorted(wait for wait in place.waits if not wait.endswith("_lapses"))
    stands = [Stands(element) for element in (*sorted(place.steps), *waits)]
    return ahead(real.definition(), process, stands, outcomes, purpose)


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize(("process", "purpose"), RUNS)
def test_the_predicted_steps_open_when_the_engine_runs_from_every_place(process, purpose):
    own = {s for s, task in real.definition().user_tasks.items() if task.process == process}
    for place in reached.places(process, purpose):
        if place.ended or not place.steps <= own:
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


def test_the_places_include_every_step_and_every_possible_pair_of_open_steps():
    stood = {place.steps for process, purpose in RUNS for place in reached.places(process, purpose)}
    tasks = real.definition().user_tasks
    alone = {frozenset({step}) for step, task in tasks.items() if task.process != "follow_up"}
    assert alone <= stood
    pairs = {steps for steps in stood if len(steps) == 2}
    assert len(pairs) == 12
    assert max(map(len, stood)) == 2
