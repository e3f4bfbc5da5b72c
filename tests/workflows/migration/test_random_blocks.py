"""Cases of random processes move to random versions, and go on in any way, returns among them.

Nothing waits for ever, and no two places are open that the version never has open together.
"""

from random import Random

import pytest

from tests.workflows.migration.blocks import Block, Maker, can_be_open, definition
from tests.workflows.migration.moving import choices
from tests.workflows.walking import Walk
from workflows import migration
from workflows.instance import Instance, NotOpen

ANSWERS = ("done", "done", "other", "again")


class Course:
    """A case on its way through versions."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.maker = Maker(self.random)
        self.versions = [Block("row", parts=(self.maker.block(3), self.maker.block(3)))]
        self.block = self.versions[0]
        self.walk = Walk(definition(self.block), "blocks")
        self.done: list[str] = []

    def check(self) -> None:
        instance = self.walk.instance
        waits = [one.element for one in instance.waiting() if one.kind == "event"]
        places = [*self.walk.steps, *waits]
        assert can_be_open(self.block, places), (places, self.done)
        assert places or self.walk.ended, (instance.position(), self.done)

    def act(self, *, leads_on: bool = False) -> None:
        """Do something that people or time can do; with `leads_on`, only what leads to the end."""
        steps, chance = self.walk.steps, self.random.random()
        if not leads_on and chance < 0.15:
            self._return()
        elif steps and (chance < 0.85 or not self.walk.instance.waiting()):
            step = self.random.choice(steps)
            answer = "done" if leads_on else self.random.choice(ANSWERS)
            self.done.append(f"{step} {answer}")
            self.walk.do(step, answer)
        elif self.walk.instance.waiting():
            self.done.append("wake")
            self.walk.wake()
        self.check()

    def _return(self) -> None:
        step = self.random.choice([*sorted(self.walk.instance.definition.user_tasks), "none"])
        try:
            self.walk.send_back(step)
            self.done.append(f"back to {step}")
        except NotOpen:
            self.walk.go()

    def move(self) -> None:
        """Move to a changed version, or an earlier one; where people decide, by any option."""
        block = self.block
        for _ in range(self.random.randint(1, 3)):
            block = self.maker.changed(block)
        if self.random.random() < 0.15:
            block = self.random.choice(self.versions)
        new = definition(block)
        verdict = self._judged(new)
        self.done.append(f"move: {verdict.kind}")
        if verdict.state is None:
            assert verdict.kind == "cannot"
            return
        self.walk.instance = Instance.load(new, verdict.state, self.walk.world)
        self.block = block
        self.versions.append(block)
        self.check()
        self.walk.go()
        self.check()
        assert self._judged(new).kind == "passes", self.done

    def _judged(self, new) -> migration.Verdict:
        old, data = self.walk.instance.definition, self.walk.instance.dump()
        verdict = migration.judge(data, old, new, choices(self.walk))
        options = {q.id: self.random.choice(q.options).id for q in verdict.questions}
        if options:
            verdict = migration.judge(data, old, new, choices(self.walk, options))
            self.done.append(f"decided: {options}")
        return verdict


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("seed", range(15))
def test_a_case_goes_on_through_random_versions_to_its_end(seed: int):
    go_on(Course(seed))


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("hundred", range(15))
def test_many_cases_go_on_through_random_versions_to_their_end(hundred: int):
    for seed in range(100 * hundred, 100 * hundred + 100):
        go_on(Course(seed))


def go_on(course: Course) -> None:
    """Lead a case through one to three versions to its end."""
    for _ in range(course.random.randint(1, 3)):
        for _ in range(course.random.randint(0, 10)):
            if not course.walk.ended:
                course.act()
        if not course.walk.ended:
            course.move()
    for number in range(150):
        if course.walk.ended:
            return
        course.act(leads_on=number > 8)
    raise AssertionError(course.seed, course.done)
