"""The input of the checks: what is drawn, across all files, and what the code offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workflows.containers import Container, containers_of
from workflows.contract import Contract
from workflows.drawing import Drawing, Node, called_along_the_flow
from workflows.outcomes import LAPSED
from workflows.tables import Table


@dataclass(frozen=True)
class Plan:
    """The readable drawings, the tables by file name without ".dmn", and the code's contract."""

    drawings: Sequence[Drawing]
    tables: Mapping[str, Table]
    contract: Contract

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

    def containers(self) -> Iterator[Container]:
        """Yield every process and every event sub-process with its contents."""
        return containers_of(self.drawings)
