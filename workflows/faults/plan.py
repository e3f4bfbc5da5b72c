"""The input of the checks: what is drawn, across all files, and what the code offers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from workflows.contract import Contract
from workflows.drawing import Drawing, Flow, Node, called_along_the_flow
from workflows.outcomes import LAPSED
from workflows.tables import Table

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """The readable drawings, the tables by file name without ".dmn", and the code's contract."""

    drawings: Sequence[Drawing]
    tables: Mapping[str, Table]
    contract: Contract
    whole: bool
    """Whether it is a fault that the code offers something that no diagram uses."""

    @cached_property
    def nodes(self) -> list[Node]:
        return [node for drawing in self.drawings for node in drawing.nodes]

    @cached_property
    def processes(self) -> Mapping[str, str]:
        """Process id -> file."""
        return {key: d.file for d in self.drawings for key in d.processes}

    @cached_property
    def user_tasks(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes if node.kind == "userTask"}

    @cached_property
    def stages(self) -> tuple[str, ...]:
        return called_along_the_flow(self.drawings)

    @cached_property
    def outcomes(self) -> Mapping[str, frozenset[str]]:
        """Task id -> its possible outcomes; `lapsed` where a timer interrupts it."""
        found: dict[str, frozenset[str]] = {}
        for node in self.nodes:
            if node.kind == "userTask":
                found[node.id] = self.contract.steps.get(node.id, frozenset())
            elif node.kind == "serviceTask":
                found[node.id] = self.contract.service_tasks.get(node.id, frozenset())
        for node in self.nodes:
            if node.attached_to in found and node.interrupts and "timer" in node.events:
                found[node.attached_to] |= {LAPSED}
        return found

    def containers(self) -> Iterator["Container"]:
        """Yield every process and every event sub-process with its contents."""
        for drawing in self.drawings:
            keys = dict.fromkeys([*drawing.processes, *(n.container for n in drawing.nodes)])
            for key in keys:
                nodes = {n.id: n for n in drawing.nodes if n.container == key}
                flows = [flow for flow in drawing.flows if flow.container == key]
                yield Container(key, drawing.file, key in drawing.processes, nodes, flows)


@dataclass(frozen=True)
class Container:
    """A process or event sub-process: its direct nodes and the flows between them."""

    id: str
    file: str
    is_process: bool
    nodes: Mapping[str, Node]
    flows: Sequence[Flow]

    def out_of(self, node: str) -> Sequence[Flow]:
        return self._out.get(node, ())

    def into(self, node: str) -> Sequence[Flow]:
        return self._into.get(node, ())

    def boundary_of(self, node: str) -> Sequence[Node]:
        return self._boundary.get(node, ())

    @cached_property
    def targets(self) -> Mapping[str, str]:
        """Flow -> its target node."""
        return {flow.id: flow.target for flow in self.flows}

    @cached_property
    def _out(self) -> Mapping[str, Sequence[Flow]]:
        return _grouped(self.flows, lambda flow: flow.source)

    @cached_property
    def _into(self) -> Mapping[str, Sequence[Flow]]:
        return _grouped(self.flows, lambda flow: flow.target)

    @cached_property
    def _boundary(self) -> Mapping[str, Sequence[Node]]:
        return _grouped(self.nodes.values(), lambda node: node.attached_to)

    @cached_property
    def after(self) -> Mapping[str, list[str]]:
        """Node -> the nodes that may follow it, also through its boundary events."""
        return {
            key: [flow.target for flow in self.out_of(key)]
            + [event.id for event in self.boundary_of(key)]
            for key in self.nodes
        }


def _grouped(all_of_them: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for one in all_of_them:
        groups.setdefault(key(one), []).append(one)
    return groups
