"""A case moves at random moments, to versions with random changes, and goes on in any way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows import real
from tests.workflows.migration import alterations
from tests.workflows.migration.moving import WorldDates
from tests.workflows.migration.walker import LEADS_ON, walk_to_end
from tests.workflows.walking import Walk, World, some
from workflows import migration
from workflows.definition import Definition
from workflows.instance import Instance, NotOpen
from workflows.migration import Choices

ACTS = ("answer",) * 6 + ("good answer",) * 6 + ("wake", "wait", "validate", "send back", "again")
STAGES = real.definition().stages


def act(walk: Walk, kind: str, draw) -> None:
    """Do something that people or time can do."""
    tasks = walk.instance.open_tasks()
    if kind.endswith("answer") and tasks:
        task = draw(st.sampled_from(tasks))
        good = LEADS_ON.get(task.step, "done")
        offered = sorted(real.CONTRACT.steps.get(task.step, {"done"}))
        walk.do(task.step, good if kind == "good answer" else draw(st.sampled_from(offered)))
    elif kind == "wake" and walk.instance.wake_at():
        walk.wake()
    elif kind == "wait":
        walk.wait(draw(st.integers(0, 20)))
    else:
        reach(walk, kind, draw)


def reach(walk: Walk, kind: str, draw) -> None:
    stage = draw(st.sampled_from(STAGES))
    try:
        if kind == "validate":
            walk.validate(stage)
        elif kind == "again":
            walk.send_back(f"stage_{stage}")
        else:
            walk.send_back(draw(st.sampled_from(sorted(walk.instance.definition.user_tasks))))
    except NotOpen:
        walk.go()


def moved(walk: Walk, new: Definition, draw) -> bool:
    """Move the case if it can; where people decide, take a random option."""
    old, data = walk.instance.definition, walk.instance.dump()
    places: dict[str, str] = {}
    verdict = migration.judge(data, old, new, Choices(WorldDates(walk.world)))
    for question in verdict.questions:
        places[question.id] = draw(st.sampled_from([one.id for one in question.options]))
    if places:
        verdict = migration.judge(data, old, new, Choices(WorldDates(walk.world), places))
    if verdict.state is None:
        assert verdict.kind in ("cannot", "not_yet")
        return False
    before = {task.id for task in walk.instance.open_tasks()}
    walk.instance = Instance.load(new, verdict.state, walk.world)
    after = {task.id for task in walk.instance.open_tasks()}
    left = [one for one in verdict.changes if one.kind == "left"]
    assert left or before <= after
    walk.reload()
    return True


def alteration(draw) -> Definition:
    """Return the real diagrams with one or two random changes."""
    processes = sorted({task.process for task in real.definition().user_tasks.values()})
    kind = draw(st.sampled_from([*alterations.EVERYWHERE, *alterations.AT_A_STEP]))
    process = draw(st.sampled_from([*STAGES, *processes]))
    steps = list(alterations.removable(process))
    if kind in alterations.AT_A_STEP and steps:
        return alterations.at_a_step(kind, draw(st.sampled_from(steps)))
    return alterations.everywhere(kind if kind in alterations.EVERYWHERE else "labels", process)


@pytest.mark.nightly("walkers")
@some(2)
@given(st.data())
def test_a_case_that_moves_at_random_goes_on_and_ends(data):
    move_and_end(data)


@pytest.mark.nightly("walkers")
@some(600)
@given(st.data())
def test_many_cases_that_move_at_random_go_on_and_end(data):
    move_and_end(data)


def move_and_end(data: st.DataObject) -> None:
    """Move a case one to three times between random acts, then walk it to its end."""
    draw = data.draw
    walk = Walk(real.definition(), "onboarding", World())
    for _ in range(draw(st.integers(1, 3))):
        for kind in draw(st.lists(st.sampled_from(ACTS), max_size=15)):
            if walk.ended is None:
                act(walk, kind, draw)
        if walk.ended is None and moved(walk, alteration(draw), draw):
            assert walk.instance.open_tasks() or walk.instance.waiting()
    if walk.ended is None:
        walk_to_end(walk.instance, walk.world)
