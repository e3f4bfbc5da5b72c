"""Sessions with entities in them, for tests of attendance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.base import calendar
from app.base.models import Task
from app.onboarding import batches
from tests.app.onboarding.seats import choose, published, session_row
from tests.app.together import killed
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient


@dataclass
class Held:
    """A session that has begun: its id, and the instances with a seat by entity code."""

    walk: Walk
    key: int
    instances: Mapping[str, int]
    topic: str = "thematic"

    @property
    def url(self) -> str:
        """The URL of its sheet."""
        return f"/sesiones/{self.key}/asistencia"

    def step(self, code: str) -> Task:
        """Return the newest task that records the attendance of an entity."""
        return self.walk.task(f"record_{self.topic}_induction", self.instances[code])

    def marks(self, **statuses: str) -> dict[str, str]:
        """Return a posted page: code → the status of both people, or "" for no mark."""
        local = session_row(self.walk, self.key).at.astimezone(calendar.LIMA)
        fields = {"held-date": local.strftime("%d/%m/%Y"), "held-time": local.strftime("%H:%M")}
        for code, status in statuses.items():
            for role in ("administrator", "alternate") if status else ():
                fields[f"t{self.step(code).id}-{role}"] = status
        return fields

    def freeze(self, client: CheckingClient, **statuses: str) -> str:
        """Freeze marks as a batch, and return its URL."""
        answer = client.post(self.url, data=self.marks(**statuses))
        assert answer.status_code == 303, answer.text
        return str(answer.location)


def agree(walk: Walk, place: str, count: int, by: str = "sip") -> int:
    """Confirm a batch and leave its rows to the worker. Return its number."""
    number = int(re.findall(r"\d+", place)[-1])
    with walk.app.app_context():
        assert walk.commit(batches.confirm, number, count, walk.people[by])
    return number


def work(walk: Walk) -> None:
    """Let the worker do what was confirmed."""
    with walk.app.app_context():
        batches.run(walk.engine)


def die_at_the_second_row(walk: Walk) -> None:
    """Let a worker be killed before the second row of a batch is committed."""
    # Two transactions only read; then each row commits its savepoint and its transaction.
    assert killed(walk.app, lambda: work(walk), "before_commit", 6)


def hold(walk: Walk, clock: Clock, count: int, topic: str = "thematic") -> Held:
    """Let a session begin in which `count` entities have a seat."""
    instances = {}
    key = published(walk, count, days=7, topic=topic)
    for number in range(1, count + 1):
        code = f"E9000{number}"
        by = walk.person(f"4000005{number}", "administrator", code)
        walk.people[f"administrator {code}"] = by
        instances[code] = walk.begin_at("induction", code=code)
        assert choose(walk, instances[code], by, topic) == "seated"
    clock.set(session_row(walk, key).at)
    walk.tick()
    return Held(walk, key, instances, topic)
