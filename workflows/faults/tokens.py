"""Play every path through a process with tokens: none may get stuck, or run twice at once."""

from collections.abc import Iterator

from workflows.containers import Container
from workflows.contract import Fault
from workflows.drawing import reached
from workflows.markings import Doubled, Stuck, TooWide, play


def check_tokens(container: Container) -> Iterator[Fault]:
    """Report joins that may wait forever for a branch, and elements that may run twice at once."""
    if not any(node.kind == "parallelGateway" for node in container.nodes.values()):
        return
    try:
        play(container)
    except TooWide:
        yield Fault(container.file, container.id, "It branches too much to be checked.")
    except Doubled as error:
        yield Fault(container.file, error.node, "Two branches may run through it at once.")
    except Stuck as error:
        yield Fault(container.file, error.node, "It may wait for a branch that never comes.")
    else:
        yield from _looping_joins(container)


def _looping_joins(container: Container) -> Iterator[Fault]:
    """Report parallel joins in loops: SpiffWorkflow counts the branches of earlier rounds again."""
    for node in container.nodes.values():
        if node.kind != "parallelGateway" or len(container.into(node.id)) < 2:
            continue
        after = container.after
        if node.id in reached(after[node.id], after.__getitem__):
            yield Fault(container.file, node.id, "A parallel join must not be within a loop.")
