"""A process or an event sub-process with its nodes and the flows between them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from workflows.drawing import Drawing, Flow, Node

T = TypeVar("T")


def containers_of(drawings: Iterable[Drawing]) -> Iterator["Container"]:
    """Yield every process and every event sub-process with its contents."""
    for drawing in drawings:
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
