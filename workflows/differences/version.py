"""A version with what comparing needs at hand: elements by id, flows by source, terms by step."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from workflows.decisions import Row, rows
from workflows.definition import Definition
from workflows.differences import words
from workflows.drawing import ENTRY, Flow, Node, reached
from workflows.tables import UnknownTable

#: The part of a condition that reads the outcome of a step, or counts its outcomes.
READS = re.compile(r'\b(?:outcome|count)\(\s*"([a-z_]+)"')
TERMS = "deadlines"
#: The quotation marks of words within words → those of a sentence.
QUOTES = str.maketrans("“”", "«»")
LEGAL = "legal"


class Version:
    """One of two versions that are compared."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.nodes: Mapping[str, Node] = {n.id: n for d in definition.drawings for n in d.nodes}
        self.flows: Mapping[str, Flow] = {f.id: f for d in definition.drawings for f in d.flows}
        self.messages = {key: name for d in definition.drawings for key, name in d.messages.items()}

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes: onboarding, its stages in order, the others by id."""
        drawn = self.definition.processes
        first = [key for key in (ENTRY, *self.definition.stages) if key in drawn]
        return (*first, *sorted(drawn.keys() - set(first)))

    @cached_property
    def out(self) -> Mapping[str, Sequence[Flow]]:
        """The flows that leave each element."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows.values():
            found[flow.source].append(flow)
        return found

    @cached_property
    def into(self) -> Mapping[str, Sequence[Flow]]:
        """The flows that lead to each element."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows.values():
            found[flow.target].append(flow)
        return found

    @cached_property
    def terms(self) -> Mapping[str, Row]:
        """The row of the table of terms of each step, and of what is no step."""
        try:
            return {str(row.get("step")): row for row in rows(self.definition, TERMS)}
        except UnknownTable:
            return {}

    def is_legal(self, step: str) -> bool:
        """Return whether a step has a term set by law."""
        return self.terms.get(step, {}).get("kind") == LEGAL

    @cached_property
    def consulted(self) -> Mapping[str, frozenset[str]]:
        """The steps whose outcomes the conditions out of each gateway ask."""
        return {
            key: frozenset(name for f in flows for name in READS.findall(f.condition or ""))
            for key, flows in self.out.items()
        }

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The steps whose outcomes some condition asks."""
        return frozenset().union(*self.consulted.values())

    @cached_property
    def _after(self) -> Mapping[str, Sequence[str]]:
        """What follows each element: along its flows, or an event on its boundary."""
        found: dict[str, list[str]] = defaultdict(list)
        for flow in self.flows.values():
            found[flow.source].append(flow.target)
        for node in self.nodes.values():
            if node.attached_to:
                found[node.attached_to].append(node.id)
        return found

    def past(self, step: str) -> set[tuple[str, str]]:
        """Return the ways past a step that is still ahead, or may come again.

        They are pairs: an element from which the step is reached, and one that is reached from
        there without passing the step.
        """
        process = self.nodes[step].process
        inside = [node.id for node in self.nodes.values() if node.process == process]
        found: set[tuple[str, str]] = set()
        for key in inside:
            if key != step and step in reached([key], lambda one: self._after[one]):
                around = reached([key], lambda one: [] if one == step else self._after[one])
                found.update((key, other) for other in around - {step, key})
        return found

    def behind(self, step: str) -> set[str]:
        """Return what is reached from the start of the step's process only past the step."""
        process = self.nodes[step].process
        inside = {node.id for node in self.nodes.values() if node.process == process}
        starts = [key for key in inside if self.nodes[key].kind == "startEvent"]
        around = reached(starts, lambda one: [] if one == step else self._after[one])
        return reached(starts, lambda one: self._after[one]) - around

    def quoted(self, node: Node) -> str:
        """Return the name of an element: "«Revisar la designación»".

        A gateway without a name is called by where it is ("la unión antes de «…»"), anything else
        by its id.
        """
        place = self.definition.gateway_names.get(node.id, "")
        return place.translate(QUOTES) or f"«{node.name or node.id}»"

    def named(self, node: Node) -> str:
        """Return an element with its kind: "el paso «Revisar la designación»"."""
        name = self.quoted(node)
        return f"{words.kind(node)} {name}" if name.startswith("«") else name

    def shown(self, key: str) -> Node:
        """Return the element that a flow to `key` leads to, past joins without a name."""
        node, seen = self.nodes[key], {key}
        while node.kind == "exclusiveGateway" and not node.name:
            out = self.out.get(node.id, ())
            if len(out) != 1 or out[0].target in seen or out[0].target not in self.nodes:
                break
            node = self.nodes[out[0].target]
            seen.add(node.id)
        return node

    def before(self, key: str) -> str:
        """Return what comes before an element, in words with a comma, or ""."""
        node = self.nodes[key]
        if node.attached_to in self.nodes:
            return f", sobre {self.named(self.nodes[node.attached_to])}"
        names, seen = list[str](), {key}
        queue = [flow.source for flow in self.into.get(key, ())]
        while queue:
            one = queue.pop(0)
            if one in seen or one not in self.nodes:
                continue
            seen.add(one)
            if self.nodes[one].name:
                names.append(f"«{self.nodes[one].name}»")
            else:
                queue += [flow.source for flow in self.into.get(one, ())]
        unique = list(dict.fromkeys(names))
        return f", después de {' o '.join(unique[:3])}" if unique else ""
