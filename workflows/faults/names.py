"""Compare the names in the code with the elements of a version, and what the code offers.

Also compare the records that the steps of a version need with those that its steps give.
"""

from collections.abc import Iterator, Mapping

from workflows.contract import Fault
from workflows.faults.plan import Plan

#: Kind of an element that the code names -> what a message calls it.
KINDS: Mapping[str, str] = {
    "process": "process",
    "userTask": "user task",
    "serviceTask": "service task",
    "callActivity": "called process",
    "timer": "timer",
    "endEvent": "end event",
}


def check_named(plan: Plan) -> Iterator[Fault]:
    """Report elements that the code names and that the version lacks or draws as another kind.

    A deployment with cases may lack those that are newer than it.
    """
    drawn = {node.id: node for node in plan.nodes}
    for key, named in plan.contract.elements.items():
        kind, why = KINDS[named.kind], f"the code asks for it: it {named.reason}."
        if named.kind == "process":
            exists, file = key in plan.processes, plan.processes.get(key, "")
        else:
            exists, file = key in drawn, drawn[key].file if key in drawn else ""
        if not exists:
            if not (named.newer and plan.live):
                yield Fault(file, key, f"There is no {kind} of that id; {why}")
        elif named.kind != "process" and named.kind not in (drawn[key].kind, *drawn[key].events):
            yield Fault(file, key, f"It must be a {kind}; {why}")


def check_unused(plan: Plan) -> Iterator[Fault]:
    """Report what the code offers and the version does not use: steps and functions."""
    current = plan.contract.steps.keys() - plan.contract.retired
    for step in current - plan.user_tasks.keys():
        yield Fault("", step, f"The folder forms/{step}/ belongs to no user task.")
    drawn = {node.id for node in plan.nodes if node.kind == "serviceTask"}
    for name in plan.contract.service_tasks.keys() - drawn:
        yield Fault("", name, f"The function {name} belongs to no service task.")


def check_records(plan: Plan) -> Iterator[Fault]:
    """Report the records that a step needs and that no step of the version gives.

    A case of the version comes to that step without them, and its form may accept no answer.
    """
    drawn = plan.user_tasks.keys()
    current = plan.contract.gives.keys() - plan.contract.retired
    given = {name for step in drawn for name in plan.contract.gives.get(step, ())}
    for step, node in plan.user_tasks.items():
        for record in plan.contract.needs.get(step, frozenset()) - given:
            givers = (key for key in current if record in plan.contract.gives[key])
            folders = " or ".join(f"forms/{key}/" for key in sorted(givers))
            sentence = (
                f"It needs {record}, which only {folders} gives: the version has no such step."
            )
            yield Fault(node.file, step, sentence)
