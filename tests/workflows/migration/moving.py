"""Walks whose instance moves to another version."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.workflows import small
from tests.workflows.changed import sketched
from tests.workflows.walking import Walk, World
from workflows import migration
from workflows.definition import Definition, findings_of
from workflows.instance import Instance
from workflows.migration import Change, Choices, Verdict


class WorldDates:
    """Moments of timers on the calendar of a test's world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def first(self, element: str, host: str, text: str) -> datetime:
        name, argument = re.fullmatch(r'(\w+)\("?(\w+)"?\)', text).groups()
        ask = {
            "working_days": lambda: self.world.working_days(int(argument)),
            "due": lambda: self.world.due(argument),
            "day_of": lambda: self.world.day_of(argument),
        }
        return ask[name]()

    def moved(self, element: str, host: str, at: datetime, days: int) -> datetime:
        return at + timedelta(days=days)


def version(process: str, *changes: tuple[str, str], **others: str) -> Definition:
    """Return the small diagrams with a changed sketch, which may be deployed.

    `others`: whole files by name without ".bpmn".
    """
    texts = {**small.TEXTS, **sketched(process, *changes)}
    texts |= {f"{name}.bpmn": text for name, text in others.items()}
    return Definition.parse(texts)


def faults(definition: Definition) -> list[str]:
    """Return why a version could not be deployed, except that the code lacks new steps."""
    found = findings_of(definition.texts, small.CONTRACT, live=True).faults
    lacks = ("There is no folder", "There is no function", "It has no row", "The row is of no user")
    return [str(fault) for fault in found if not any(word in fault.sentence for word in lacks)]


def choices(walk: Walk, places: Mapping[str, str] | None = None) -> Choices:
    return Choices(WorldDates(walk.world), places or {})


def judge(walk: Walk, new: Definition, places: Mapping[str, str] | None = None) -> Verdict:
    """Return the verdict on a walk's instance as it stands."""
    old = walk.instance.definition
    return migration.judge(walk.instance.dump(), old, new, choices(walk, places))


def move(
    walk: Walk, new: Definition, places: Mapping[str, str] | None = None
) -> tuple[Change, ...]:
    """Move a walk's instance. Tasks that stay keep their ids; nothing happens by itself."""
    before = {task.step: task.id for task in walk.instance.open_tasks()}
    moved = migration.migrate(
        walk.instance.dump(), walk.instance.definition, new, choices(walk, places)
    )
    walk.instance = Instance.load(new, moved.state, walk.world)
    assert not walk.instance.happenings()
    left = {change.element for change in moved.changes if change.kind == "left"}
    after = {task.step: task.id for task in walk.instance.open_tasks()}
    assert {step: key for step, key in before.items() if step not in left}.items() <= after.items()
    walk.reload()
    return moved.changes


def only_option(verdict: Verdict, *elements: str) -> dict[str, str]:
    """Return the answer that continues at these elements; it must be offered."""
    (question,) = verdict.questions
    option = "+".join(elements) or migration.LEAVE
    assert option in [one.id for one in question.options], question
    return {question.id: option}


def continue_at(walk: Walk, new: Definition, *elements: str) -> tuple[Change, ...]:
    """Move a walk's instance with the answer that it continues at these elements."""
    return move(walk, new, only_option(judge(walk, new), *elements))


def kinds(changes: tuple[Change, ...]) -> list[str]:
    """Return the changes as "kind element", sorted."""
    return sorted(f"{change.kind} {change.element}" for change in changes)
