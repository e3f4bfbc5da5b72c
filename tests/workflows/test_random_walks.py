"""The state is valid after each act, whatever people do, in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows import real
from tests.workflows.walking import Walk, World, some
from workflows.instance import NotOpen

PROCESSES = (
    "onboarding",
    "redesignation",
    "change_authority",
    "change_personnel",
    "upkeep",
    "register_follow_up",
)
ACTS = ("answer",) * 8 + ("wake", "wait", "fail", "validate", "send_back", "begin_again")


class OpenTasks:
    """The open tasks, known only from the happenings."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}

    def hear(self, walk: Walk) -> None:
        happenings, walk.happenings = walk.happenings, []
        for happening in happenings:
            if not happening.task_id:
                continue
            if happening.kind == "opened":
                assert happening.task_id not in self.open
                self.open[happening.task_id] = happening.element
            else:
                assert self.open.pop(happening.task_id) == happening.element


def act(walk: Walk, kind: str, draw) -> None:
    tasks = walk.instance.open_tasks()
    walk.perform = lambda element: draw(
        st.sampled_from(sorted(real.CONTRACT.service_tasks[element]))
    )
    if kind == "answer" and tasks:
        task = draw(st.sampled_from(tasks))
        walk.do(task.step, draw(st.sampled_from(sorted(real.CONTRACT.steps[task.step]))))
    elif kind == "wake" and walk.instance.wake_at():
        walk.wake()
    elif kind == "wait":
        walk.wait(draw(st.integers(0, 30)))
    elif kind == "fail":
        walk.perform = fail
        walk.go()
    else:
        try:
            reach(walk, kind, draw)
        except NotOpen:
            walk.go()


def fail(element: str) -> str:
    raise OSError(element)


def reach(walk: Walk, kind: str, draw) -> None:
    definition = real.definition()
    stage = draw(st.sampled_from(definition.stages))
    if kind == "validate":
        walk.validate(stage)
    elif kind == "begin_again":
        walk.send_back(f"stage_{stage}")
    elif kind == "send_back":
        walk.send_back(draw(st.sampled_from(sorted(definition.user_tasks))))


@pytest.mark.nightly("walkers")
@some(6)
@given(st.data())
def test_a_random_walk_never_gets_stuck_and_reports_everything(data):
    wander(data)


@pytest.mark.nightly("walkers")
@some(600)
@given(st.data())
def test_many_random_walks_never_get_stuck_and_report_everything(data):
    wander(data)


def wander(data: st.DataObject) -> None:
    """Take up to fifty random acts, of people and of time."""
    world = World()
    process = data.draw(st.sampled_from(PROCESSES))
    world.reason = process
    walk, happenings = Walk(real.definition(), process, world), OpenTasks()
    for _ in range(data.draw(st.integers(1, 50))):
        if walk.ended:
            break
        world.who = data.draw(st.sampled_from(sorted(real.CONTRACT.holders)))
        act(walk, data.draw(st.sampled_from(ACTS)), data.draw)
        happenings.hear(walk)
        assert happenings.open.keys() == {task.id for task in walk.instance.open_tasks()}
        going_on = walk.instance.open_tasks() or walk.instance.wake_at() or walk.failed
        assert bool(walk.ended) != bool(going_on)
        assert len(walk.instance.dump()) < 12_000
        for task in walk.instance.open_tasks():
            assert task.stage in ("", *real.definition().stages)
    if walk.ended:
        assert not walk.instance.waiting()
