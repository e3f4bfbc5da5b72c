"""Measures of answers: one step, a step and the page that follows, many steps at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import Row, select, text
from sqlalchemy.orm import undefer

from app.base.definitions import definition_of
from app.base.models import ProcessInstance, Task
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Prepared
from tests.bench.figures import Figure, timed
from workflows.instance import Instance

ANSWERS = 240
#: Answers of which each leads to the next step of the same case.
CYCLES = 60
#: Clients that answer at once, and the web processes that serve them.
CLIENTS, PROCESSES = 8, 2
#: Answers of each client.
EACH = 30

#: Steps of one page whose answer creates no document: a coordinator's daily work.
STEPS = {
    "record_reception": ("sip", "received"),
    "review_training": ("sip", "accepted"),
    "approve_demo_test": ("sgtd", "accepted"),
    "record_personnel_reception": ("sgtd", "received"),
    "confirm_production": ("sgtd", "returned"),  # copies of a case have no visits to confirm by
}
#: Those whose answer opens a step of the same coordinator.
RECEPTIONS = ("record_reception", "record_personnel_reception")


def waiting(bench: Bench, steps: Iterable[str], most: int) -> Sequence[Row[int, str, int]]:
    """Return open tasks of some steps: id, step and id of the instance, the newest first."""
    query = (
        select(Task.id, Task.step, Task.instance_id)
        .join(Task.instance)
        .where(
            Task.state == "open",
            Task.step.in_(sorted(steps)),
            ProcessInstance.status == "running",
        )
    )
    with bench.session() as session:
        return session.execute(query.order_by(Task.id.desc()).limit(most)).all()


def complete_step(bench: Bench) -> Figure:
    """Measure the answer to a step over HTTP, everything included. The floor is the engine and a
    commit alone.
    """
    rows = waiting(bench, STEPS, 2 * ANSWERS)
    answered, untouched = rows[::2], rows[1::2]
    with bench.served() as (address, _):
        browsers = {role: Browser(address, role) for role in ("sip", "sgtd")}
        samples = [
            browsers[STEPS[step][0]].answer(bench, task_id, STEPS[step][1])
            for task_id, step, _ in answered
        ]
    floor = [floor_of(bench, instance_id, step) for _, step, instance_id in untouched]
    warm = len(samples) // 10
    return Figure.of("complete_step", bench.database, samples[warm:], "ms", floor=floor[warm:])


class FixedAnswers:
    """Answers the engine's questions with fixed values."""

    def purpose(self) -> str:
        return "onboarding"

    def validated(self, stage: str) -> bool:
        return False

    def holder(self) -> str:
        return "entity"

    def working_days(self, n: int) -> datetime:
        return datetime.now(UTC) + timedelta(days=n)

    def due(self, step: str) -> datetime:
        return datetime.now(UTC) + timedelta(days=5)

    def day_of(self, name: str) -> datetime:
        return datetime.now(UTC) + timedelta(days=5)


def floor_of(bench: Bench, instance_id: int, step: str) -> float:
    """Return the time (ms) to decode, load, step and encode, plus one bare commit of the same
    bytes.
    """
    outcome = STEPS[step][1]
    with bench.session() as session:
        row = session.get_one(
            ProcessInstance, instance_id, options=[undefer(ProcessInstance.state)]
        )
        definition, before = definition_of(row.deployment), row.state
    states: list[bytes] = []

    def step_once() -> None:
        instance = Instance.load(definition, before, FixedAnswers())
        instance.advance(lambda _: "done")
        task = next(task for task in instance.open_tasks() if task.step == step)
        instance.complete(task.id, outcome)
        instance.advance(lambda _: "done")
        states.append(instance.dump())
        with bench.engine.begin() as connection:
            connection.execute(WRITE, {"state": states[0], "id": instance_id})

    took = timed(step_once)
    with bench.engine.begin() as connection:  # other measures answer it
        connection.execute(WRITE, {"state": before, "id": instance_id})
    return took


WRITE = text("update process_instance set state = :state where id = :id")


def complete_cycle(bench: Bench) -> Figure:
    """Measure an answer and the page to which it leads, the next step of the same case."""
    with bench.served() as (address, _):
        browsers = {role: Browser(address, role) for role in ("sip", "sgtd")}
        samples = []
        for task_id, step, _ in waiting(bench, RECEPTIONS, CYCLES):
            browser = browsers[STEPS[step][0]]
            took = browser.answer(bench, task_id, STEPS[step][1])
            samples.append(took + timed(browser.follow))
    return Figure.of("complete_cycle", bench.database, samples[CYCLES // 10 :], "ms")


def steps_per_second(bench: Bench) -> Figure:
    """Measure the answers in a second while clients answer at once.

    Their forms are prepared before. Each answer has another connection, since a server closes
    one that is idle for two seconds. A sample is the rate of a third of all answers.
    """
    rows = waiting(bench, STEPS, CLIENTS * EACH)
    with bench.served(PROCESSES) as (address, _):
        clients = [
            {role: Browser(address, role) for role in ("sip", "sgtd")} for _ in range(CLIENTS)
        ]
        prepared: list[list[tuple[Browser, Prepared]]] = [[] for _ in clients]
        for number, (task_id, step, _) in enumerate(rows):
            role, outcome = STEPS[step]
            browser = clients[number % CLIENTS][role]
            prepared[number % CLIENTS].append((browser, browser.prepare(bench, task_id, outcome)))
        ended: list[float] = []

        def answer_all(own: list[tuple[Browser, Prepared]]) -> None:
            for browser, one in own:
                browser.close()
                browser.send(one)
                ended.append(time.perf_counter())

        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(answer_all, prepared))
    return Figure.of("steps_per_second", bench.database, rates(began, sorted(ended)), "1/s")


def rates(began: float, ended: Sequence[float]) -> list[float]:
    """Return the answers in a second of each third, from the moments at which they ended (s)."""
    size = len(ended) // 3
    moments = [began, *(ended[size * number - 1] for number in (1, 2, 3))]
    return [size / (until - since) for since, until in pairwise(moments)]
