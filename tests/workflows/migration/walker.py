"""Walk an instance to its end by the engine alone; nothing here knows of migrations."""

from tests.workflows import real
from tests.workflows.reached import said
from tests.workflows.walking import World
from workflows.instance import Instance

MOST_ACTS = 400
#: The outcome that leads on, where that is not the first one.
LEADS_ON = {
    step: line.split()[0]
    for step, line in (one.split(":") for one in real._STEPS.split("\n") if one)
} | {"call_entity": "not_reached"}


class Hangs(AssertionError):
    """The instance waits for nobody and nothing, and has not ended."""


def perform(element: str) -> str:
    """Return an outcome of a service task with which the process goes on."""
    offered = real.CONTRACT.service_tasks.get(element)
    return said(element, "complete") if offered else "done"


def walk_to_end(instance: Instance, world: World) -> int:
    """Answer every step and let every timer fire until the instance ends. Return the acts.

    It is saved and loaded at each act. Raises Hangs.
    """
    for acts in range(MOST_ACTS):
        failed = instance.advance(perform)
        assert not failed, failed
        if instance.ended is not None:
            return acts
        instance = Instance.load(instance.definition, instance.dump(), world)
        tasks = instance.open_tasks()
        timers = [one for one in instance.waiting() if one.kind != "start"]
        if tasks:
            task = tasks[acts % len(tasks)]
            instance.complete(task.id, LEADS_ON.get(task.step, "done"))
        elif timers:
            instance.reschedule(timers[0].element, world.now)
        else:
            raise Hangs(instance.position())
    raise Hangs(f"no end after {MOST_ACTS} acts: {instance.position()}")
