"""Cases that go on by themselves: each open step is answered with an example, by who answers it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from sqlalchemy.orm import Session

from app.base.models import Task, User
from app.cases import processes
from app.people import access
from tests.app import cast
from tests.app.walk import BY_LANE, Walk, prepare_registers, step_named
from tests.conftest import Clock


def who_answers(session: Session, task: Task) -> User:
    """Return a user of the task's lane; before a code was entered, the user who enters it now."""
    role = BY_LANE.get(task.role, task.role)
    people = access.recipients(session, task.role, task.entity)
    people = people or access.holders(session, role, task.entity)
    if people:
        return people[0]
    assert role == "preparer", task.step
    return cast.person(session, f"4100{task.id:04}", role, task.entity)


class GoingOn(Walk):
    """A walk whose cases go on step by step, a minute per answer."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        super().__init__(app)
        self.clock = clock

    def go_on(self, instance: int) -> bool:
        """Answer the first open step of a case. Return False if it waits for a day."""
        opened = self.open_steps(instance)
        if opened:
            outcome = "accepted" if "accepted" in step_named(opened[0]).outcomes else ""
            self.do(instance, opened[0], outcome)
        return bool(opened)

    def do(self, instance: int, step: str, outcome: str) -> None:
        """Answer an open step of a case."""
        self.clock.forward(minutes=1)
        with self.writing() as session:
            task = self.find(session, step, instance)
            user = who_answers(session, task)
            prepare_registers(session, task, outcome)
            desk = self.fill(session, task, user, outcome)
            processes.complete(session, task.id, desk.step, desk.form, user.id)

    def wait_for(self, cases: Iterable[int]) -> None:
        """Let time pass until the next day that a case waits for, about noon in Lima."""
        days = [self.row(instance).wake_at for instance in cases]
        self.clock.set(min(day for day in days if day))
        self.tick()
        self.clock.forward(hours=12)
