"""Where a running process stands, and where that is in another version."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from SpiffWorkflow.util.task import TaskState

from workflows.definition import Definition
from workflows.drawing import Flow
from workflows.markings import Marking
from workflows.migration import plans
from workflows.migration.changes import LEAVE, CannotMigrate, NotYet, Option, Question
from workflows.migration.rows import Row, RunningProcess
from workflows.paths import GATEWAYS

#: Kinds of elements at which a process waits, and the engine's state of each.
WAITS_IN = {
    "userTask": TaskState.READY,
    "callActivity": TaskState.STARTED,
    "intermediateCatchEvent": TaskState.WAITING,
}
#: Kinds of elements that wait besides the places of a process.
WAIT_ASIDE = frozenset({"boundaryEvent", "startEvent", "parallelGateway"})
MOST_ADDED = 3
"""Greatest number of places at which one answer lets a running process continue."""


@dataclass(frozen=True)
class Token:
    """A place of a running process: an open step, a wait, a call, or a branch at its join.

    `stop` is the element itself; of a branch at a join, the last element before that is no gateway.
    `source` is the element directly before the join, otherwise "".
    """

    row: Row
    element: str
    stop: str
    source: str = ""


@dataclass(frozen=True)
class Standing:
    """The tokens of a running process, and the flows that hold them in the new version.

    `held`: flow → token; `lost` has the tokens that the version has no place for; `question` is
    None if the process simply stays where it is.
    """

    held: Mapping[str, Token]
    lost: tuple[Token, ...]
    question: Question | None
    moved: Mapping[Token, Flow] = field(default_factory=dict)
    """The branches that wait at a join → their flow, where it or what is before has another id."""

    @property
    def staying(self) -> tuple[Token, ...]:
        return tuple(self.held.values())


def standing(process: RunningProcess, old: Definition, new: Definition) -> Standing:
    """Return where a running process stands in the new version.

    Raises NotYet while the system has something to do in it, and CannotMigrate if the version does
    not have the process, or no place where it could continue.
    """
    if process.id not in plans.containers(new):
        raise CannotMigrate("the version does not have the process", process.id)
    staying: dict[str, Token] = {}
    lost: list[Token] = []
    for token in tokens(process, old):
        flow = _flow_of(token, process.id, old, new)
        if flow and flow not in staying:
            staying[flow] = token
        else:
            lost.append(token)
    for flow in plans.joining(new, process.id, frozenset(staying)):
        lost.append(staying.pop(flow))  # the engine looks at a join only when a branch arrives
    if not staying and not lost:  # it has not begun, or only its end is waited for
        return Standing({}, (), None)
    drawn = {flow.id: flow for flow in plans.containers(new)[process.id].flows}
    moved = {
        token: drawn[key]
        for key, token in staying.items()
        if token.source and (token.source, token.element) != (drawn[key].source, drawn[key].target)
    }
    question = _question(process.id, staying.values(), lost, frozenset(staying), new)
    return Standing(staying, tuple(lost), question, moved)


def tokens(process: RunningProcess, old: Definition) -> Iterator[Token]:
    """Yield the places of a running process. Raises NotYet."""
    yield from _waiting_at_joins(process, old)
    for row in process.rows:
        node = plans.node(old, process.id, row.name)
        if node is None or not row.is_live or node.is_event_sub_process:
            continue
        if node.kind in WAIT_ASIDE and row.state == TaskState.WAITING:
            continue
        if row.state == WAITS_IN.get(node.kind):
            yield Token(row, row.name, row.name)
        else:
            raise NotYet(row.name)


def _waiting_at_joins(process: RunningProcess, old: Definition) -> Iterator[Token]:
    """Yield the branches that wait at joins.

    The engine leaves only the last one waiting, and none if a case has returned to a branch.
    """
    drawn = plans.containers(old).get(process.id)
    fired = {row.name for row in process.rows if row.state == TaskState.COMPLETED}
    for join in dict.fromkeys(row.name for row in process.rows):
        if drawn is not None and plans.is_join(drawn, join) and join not in fired:
            for row, before in process.arrivals(join):
                yield Token(row, join, last_stop(process, before, old), before.name)


def last_stop(process: RunningProcess, row: Row, old: Definition) -> str:
    """Return the last element that is no gateway, of a row and those above it; "" without one."""
    here: Row | None = row
    while here is not None:
        node = plans.node(old, process.id, here.name)
        if here.is_gone or (node is not None and node.kind not in GATEWAYS):
            return here.name
        here = here.parent
    return ""


def _flow_of(token: Token, container: str, old: Definition, new: Definition) -> str:
    """Return the flow that holds a token in the new version, or "" if there is none."""
    before = plans.node(old, container, token.element)
    now = plans.node(new, container, token.element)
    if token.source and now is None:
        return plans.arrivals_elsewhere(old, new, container, token.source, token.stop)
    if before is None or now is None or now.kind != before.kind or now.called != before.called:
        return ""
    if token.source:
        return plans.arrivals(new, container, token.element, token.source, token.stop)
    return plans.flow_into(new, container, token.element)


def _question(
    container: str,
    staying: Iterable[Token],
    lost: Iterable[Token],
    marking: Marking,
    new: Definition,
) -> Question | None:
    """Return what must be decided; None if the marking is one that the new version visits."""
    if not lost and marking in plans.markings(new, container):
        return None
    standing = tuple(sorted({token.element for token in (*staying, *lost)}))
    gone = tuple(sorted({token.element for token in lost}))
    options = completions(new, container, marking, leaves=bool(lost))
    if not options:
        raise CannotMigrate("there is no place where the process could continue", container)
    key = f"{container}: {' '.join(standing)}{' / ' if gone else ''}{' '.join(gone)}"
    return Question(key, plans.process_of(new, container), standing, gone, options)


@lru_cache(maxsize=1024)
def completions(
    definition: Definition, container: str, marking: Marking, *, leaves: bool
) -> tuple[Option, ...]:
    """Return the fewest steps and waits that make a marking one that the process can have.

    With `leaves`, a token was lost: if the rest can stand alone, that is the option without any.
    """
    drawn = plans.containers(definition)[container]
    visited = plans.markings(definition, container)
    found: dict[int, set[tuple[str, ...]]] = {}
    for other in visited:
        added = other - marking
        if not marking <= other or len(added) > MOST_ADDED:
            continue
        targets = tuple(sorted(drawn.targets[key] for key in added))
        if all(drawn.nodes[key].kind in plans.PLACES for key in targets):
            found.setdefault(len(targets), set()).add(targets)
    sizes = [size for size in sorted(found) if size]
    chosen = [*_alone(found, marking, leaves=leaves), *(found[sizes[0]] if sizes else ())]
    order = {key: place for place, key in enumerate(plans.stops(definition, container))}
    chosen.sort(key=lambda targets: [order[key] for key in targets])
    return tuple(Option("+".join(targets) or LEAVE, targets) for targets in chosen)


def _alone(
    found: dict[int, set[tuple[str, ...]]], marking: Marking, *, leaves: bool
) -> Iterable[tuple[str, ...]]:
    return [()] if leaves and marking and 0 in found else []
