"""Walks through instances with the test's own clock and environment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings

from workflows import use_clock
from workflows.definition import Definition
from workflows.instance import Instance
from workflows.journal import Happening, OpenTask

MONDAY = datetime(2026, 1, 5, 15, tzinfo=UTC)


def some(walks: int) -> settings:
    """Return the settings of a test that takes random walks, the same in each run."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=walks, derandomize=True, suppress_health_check=slow)


class World:
    """Clock and environment: days are calendar days, every deadline is five of them."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.reason = "onboarding"
        self.who = "entity"
        self.validated_stages: set[str] = set()
        use_clock(lambda: self.now)

    def purpose(self) -> str:
        return self.reason

    def validated(self, stage: str) -> bool:
        return stage in self.validated_stages

    def holder(self) -> str:
        return self.who

    def working_days(self, n: int) -> datetime:
        return self.now + timedelta(days=n)

    def due(self, step: str) -> datetime:
        return self.now + timedelta(days=5)

    def day_of(self, name: str) -> datetime:
        return self.now + timedelta(days=3)


def done(element: str) -> str:
    """Complete any service task with "done"."""
    return "done"


class Walk:
    """An instance that is saved and loaded after every act."""

    def __init__(self, definition: Definition, process: str, world: World | None = None) -> None:
        self.world = world or World()
        self.perform: Callable[[str], str] = done
        self.happenings: list[Happening] = []
        self.failed: list[tuple[str, Exception]] = []
        self.instance = Instance.start(definition, process, self.world)
        self.go()

    def go(self) -> "Walk":
        """Advance, save and load; open steps, waiting timers and reached places must not change."""
        self.failed = self.instance.advance(self.perform)
        return self.reload()

    def reload(self) -> "Walk":
        self.happenings += self.instance.happenings()
        before = self.instance
        self.instance = Instance.load(before.definition, before.dump(), self.world)
        assert self.instance.open_tasks() == before.open_tasks()
        assert self.instance.waiting() == before.waiting()
        assert self.instance.position() == before.position()
        assert self.instance.ended == before.ended
        return self

    def task(self, step: str) -> OpenTask:
        """Return the open task of the step."""
        (found,) = [task for task in self.instance.open_tasks() if task.step == step]
        return found

    def do(self, step: str, outcome: str = "done") -> "Walk":
        """Answer an open step as the application does: advance, complete, advance."""
        self.instance.advance(self.perform)
        self.instance.complete(self.task(step).id, outcome)
        return self.go()

    def all(self, *answers: str) -> "Walk":
        """Return several answers, each "step outcome"."""
        for answer in answers:
            self.do(*answer.split())
        return self

    def validate(self, stage: str) -> "Walk":
        self.instance.validate(stage)
        return self.go()

    def send_back(self, element: str) -> "Walk":
        self.instance.send_back(element)
        return self.go()

    def wait(self, days: float) -> "Walk":
        self.world.now += timedelta(days=days)
        return self.go()

    def wake(self) -> "Walk":
        """Make the earliest timer due."""
        at = self.instance.wake_at()
        assert at is not None
        self.world.now = max(self.world.now, at)
        return self.go()

    @property
    def steps(self) -> list[str]:
        """The steps that are open, by name."""
        return sorted(task.step for task in self.instance.open_tasks())

    @property
    def ended(self) -> str | None:
        return self.instance.ended

    def since(self) -> list[str]:
        """Return the happenings since the last call, as "kind element outcome"."""
        happenings, self.happenings = self.happenings, []
        return [" ".join(filter(None, (h.kind, h.element, h.outcome))) for h in happenings]
