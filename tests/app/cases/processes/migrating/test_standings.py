"""Each distinct standing of a demo's cases, moved through every kind of change, to an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import calendar, db
from app.base.models import ProcessInstance
from tests.conftest import Clock
from tests.workflows import reached, real
from tests.workflows.migration import alterations
from tests.workflows.migration.test_every_place import verdicts
from tests.workflows.migration.walker import walk_to_end
from tests.workflows.reached import Place
from tests.workflows.walking import World
from workflows import clock as engine_clock
from workflows.definition import Definition
from workflows.instance import Instance


@pytest.fixture
def programme_demo(app: Flask, clock: Clock) -> Iterator[Flask]:
    """Yield an installation with a demo of eight entities (`tests.prepared`)."""
    before = engine_clock._now
    yield app
    engine_clock.use_clock(before)


@pytest.mark.nightly
def test_cases_of_a_demo_move_through_each_kind_of_change_and_end(programme_demo: Flask) -> None:
    live = select(ProcessInstance.process, ProcessInstance.state).where(
        ProcessInstance.ended_at.is_(None)
    )
    with db.open_session(programme_demo.extensions["engine"], writes=False) as session:
        states = [(process, state) for process, state in session.execute(live)]
    world, found = World(), dict[object, tuple[str, Place]]()
    world.now = calendar.now()
    for process, state in states:
        world.reason = process
        instance = Instance.load(real.definition(), state, world)
        steps, waits = instance.position(), [one.element for one in instance.waiting()]
        place = Place(state, (), (), frozenset(steps), frozenset(waits))
        standing = place.steps, place.waits, reached._gateway_inputs(instance)
        found.setdefault((process, standing), (process, place))
    assert 3 < len(found) <= len(states)
    kinds: Counter[str] = Counter()
    for world.reason, place in found.values():
        for kind, new in versions_for(place):
            for verdict in verdicts(place, new, world, 0):
                kinds[verdict.kind] += 1
                if verdict.state is None:
                    assert kind in ("removed", "split", "timers removed"), (place, verdict)
                    continue
                walk_to_end(Instance.load(new, verdict.state, world), world)
    assert kinds["changes"] > 30
    assert kinds["passes"] > 9


def versions_for(place: Place) -> Iterator[tuple[str, Definition]]:
    """Yield the kinds of change that concern a place, and the version of each."""
    definition = real.definition()
    elements = place.steps | place.waits
    running = sorted({definition.process_of(element) for element in elements} - {"onboarding"})
    with_steps = {task.process for task in definition.user_tasks.values()}
    for process in running:
        if process in with_steps:
            for kind in alterations.EVERYWHERE:
                yield kind, alterations.everywhere(kind, process)
        for step in sorted(place.steps & set(alterations.removable(process))):
            for kind in alterations.AT_A_STEP:
                yield kind, alterations.at_a_step(kind, step)
