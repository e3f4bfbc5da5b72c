"""A reference page of the process: every step, path, timer and table, from the drawing.

The text is English around the Spanish names. `docs/process.md` is this page for `bpmn/`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from workflows.decisions import rows
from workflows.definition import COUNTED, Definition
from workflows.drawing import BPMN, ENTRY, Drawing, Flow, Node, local_name, read_xml
from workflows.tables import Table

#: Work done by people or by the system, as opposed to events and questions.
ACTIVITIES = ("userTask", "serviceTask", "callActivity")
SINCE = {
    "arrival": "its arrival",
    "notification": "the notification: the receipt of its mail, or paper",
    "reception": "the reception",
    "session": "the session",
    "go_live": "going live",
}
HEAD = """\
# The process, step by step

`make docs` writes this page from the diagrams and tables in `bpmn/`, which are what runs; a test \
compares them. [The rules of drawing](../bpmn/README.md) explain the conditions.

Days are working days of Peru. A term starts on the day after the event from which it is counted. \
*legal*: set by law, never extended; *práctica*: a working arrangement, which a coordinator may \
extend. ■ marks an end.
"""


def describe(definition: Definition) -> str:
    """Return the page in Markdown.

    It covers onboarding, its stages in order, the other processes and the tables.
    """
    stages = definition.stages
    others = sorted(definition.processes.keys() - {ENTRY, *stages})
    parts = [HEAD.rstrip("\n"), *Process(definition, ENTRY).page("The whole")]
    for number, stage in enumerate(stages, 1):
        parts += Process(definition, stage).page(f"Stage {number}")
    for other in others:
        parts += Process(definition, other).page("Outside the stages")
    names = sorted(file.removesuffix(".dmn") for file in definition.texts if file.endswith(".dmn"))
    for name in names:
        if name == "deadlines":  # the rows of steps are shown with the steps
            parts += _other_terms(definition)
        else:
            parts += _table(definition, name)
    return "\n".join(parts).rstrip("\n") + "\n"


class Process:
    """One process of a definition, rendered part by part."""

    def __init__(self, definition: Definition, key: str) -> None:
        self.definition = definition
        self.key = key
        self.drawing: Drawing = next(d for d in definition.drawings if key in d.processes)
        self.nodes = {n.id: n for n in self.drawing.nodes if n.process == key}
        self.flows = [f for f in self.drawing.flows if f.source in self.nodes]

    @cached_property
    def terms(self) -> Mapping[str, Mapping[str, object]]:
        """Step -> its row of the table of deadlines."""
        return {str(row["step"]): row for row in rows(self.definition, "deadlines")}

    @cached_property
    def inline(self) -> frozenset[str]:
        """Gateways that split and are reached from one place only, where they are rendered."""
        shown = [f for f in self.flows if not self._passes(self.nodes[f.source])]
        reached = Counter(self._target(flow).id for flow in shown)
        return frozenset(key for key, n in reached.items() if n == 1 and self._splits(key))

    def page(self, place: str) -> Iterator[str]:
        """Yield the pieces of the section: what the process is, its steps, what follows what."""
        yield f"\n## {place} · {self.definition.processes[self.key]}\n"
        yield f"`{self.key}`. {self._purpose()}\n"
        steps = [node for node in self.nodes.values() if node.kind == "userTask"]
        if steps:
            yield "| | step | whose | days | from | term | basis |\n|---|---|---|---|---|---|---|"
            yield from (self._row(number, step) for number, step in enumerate(steps, 1))
            yield ""
        for node in self.nodes.values():
            if self._after(node.id) and (self._is_shown(node) or self._splits_alone(node)):
                yield f"- {self._subject(node)}{self._following(node, 1)}"
        ends = [n for n in self.nodes.values() if n.kind == "endEvent" and n.container == self.key]
        yield f"\nEnds: {', '.join(f'*{end.name}* (`{end.id}`)' for end in ends)}."

    def _purpose(self) -> str:
        found = self.drawing.root.find(f"{{{BPMN}}}process/{{{BPMN}}}documentation")
        return " ".join(((found.text if found is not None else "") or "").split())

    def _row(self, number: int, step: Node) -> str:
        term = self.terms[step.id]
        since = SINCE[str(term["counted_from"])]
        step_cell = f"**{step.name}** `{step.id}` | {step.lane} | {term['days']} | {since}"
        return f"| {number} | {step_cell} | {term['kind']} | {term['basis']} |"

    # The paths

    def _after(self, key: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == key]

    def _splits(self, key: str) -> bool:
        return self.nodes[key].kind.endswith("Gateway") and len(self._after(key)) > 1

    def _splits_alone(self, node: Node) -> bool:
        return self._splits(node.id) and node.id not in self.inline

    def _is_shown(self, node: Node) -> bool:
        return node.kind in ACTIVITIES or node.kind.endswith("Event")

    def _passes(self, node: Node) -> bool:
        """Return whether the node only merges paths of one token, so that the page omits it."""
        return node.kind == "exclusiveGateway" and not self._splits(node.id)

    def _target(self, flow: Flow) -> Node:
        """Return the node that the flow leads to, skipping merges."""
        node = self.nodes[flow.target]
        while self._passes(node):
            node = self.nodes[self._after(node.id)[0].target]
        return node

    def _subject(self, node: Node) -> str:
        """Return a node as the start of a line: what it is, and what an event waits for."""
        when = self._when(node)
        if node.attached_to:
            ends = "interrupts" if node.interrupts else "in parallel with"
            return f"*{node.name}* ({ends} `{node.attached_to}`{when})"
        if node.kind == "startEvent" and node.container != self.key:
            sub_process = f"*{self.nodes[node.container].name}*: *{node.name}* `{node.id}`"
            return f"{sub_process}, in parallel with all of this{when}"
        if node.kind == "startEvent":
            return f"*{node.name}*"
        if node.kind.endswith("Gateway"):
            return f"*{node.name}* `{node.id}`"
        if node.kind == "intermediateCatchEvent":
            return f"*{node.name}* `{node.id}`{when}"
        done = {"serviceTask": " (the system)", "callActivity": f" (calls `{node.called}`)"}
        return f"{node.name} `{node.id}`{done.get(node.kind, '')}"

    def _when(self, node: Node) -> str:
        days = COUNTED.fullmatch(node.timer or "")
        if days:
            return f", after {days[1]} working {'day' if days[1] == '1' else 'days'}"
        return f", at `{node.timer}`" if node.timer else ""

    def _following(self, node: Node, depth: int) -> str:
        """Return what follows a node: one thing, or a line per path out of a gateway."""
        after = self._after(node.id)
        if self._splits(node.id):
            return "".join(self._way(node, flow, depth) for flow in after)
        return f" → {self._object(self._target(after[0]), depth)}"

    def _way(self, gateway: Node, flow: Flow, depth: int) -> str:
        words = [f"**{flow.name}**"] if flow.name else []
        if flow.condition:
            words.append(f"if `{flow.condition}`")
        elif gateway.default == flow.id:
            words.append("otherwise")
        words += ["→"] if words else []
        target = self._object(self._target(flow), depth + 1)
        return f"\n{'  ' * depth}- {' '.join([*words, target])}"

    def _object(self, node: Node, depth: int) -> str:
        """Return a node as the end of an arrow, with the paths out of a question rendered here."""
        inside = self._following(node, depth) if node.id in self.inline else ""
        if node.kind == "parallelGateway" and not self._splits(node.id):
            return f"once all branches arrive: {self._following(node, depth)[3:]}"
        if node.kind.endswith("Gateway"):
            name = f"*{node.name}*" if node.name else "all of"
            return name + (inside or f" `{node.id}`")
        if node.kind == "endEvent":
            return f"*{node.name}* ■"
        return f"*{node.name}* `{node.id}`" if node.kind.endswith("Event") else f"`{node.id}`"


def _other_terms(definition: Definition) -> Iterator[str]:
    """Yield the rows of the table of deadlines that are of no step."""
    others = [r for r in rows(definition, "deadlines") if r["step"] not in definition.user_tasks]
    if not others:
        return
    yield "\n## Terms of no step\n"
    yield "| term | days | from | term | basis |\n|---|---|---|---|---|"
    for row in others:
        since = SINCE[str(row["counted_from"])]
        cells = f"| **Term** `{row['step']}` | {row['days']} | {since} |"
        yield f"{cells} {row['kind']} | {row['basis']} |"


def _table(definition: Definition, name: str) -> Iterator[str]:
    """Yield a decision table as a Markdown table: inputs as written, outputs, the row's remark."""
    table = definition.table(name)
    root = read_xml(definition.texts[f"{name}.dmn"])
    decision = next(e for e in root.iter() if local_name(e) == "decision")
    yield f"\n## Table · {decision.get('name')}\n"
    described = next((e for e in decision if local_name(e) == "description"), None)
    every = " Every matching row counts." if table.collects else ""
    remark = (described.text or "") if described is not None else ""
    yield f"`{name}`. {' '.join(remark.split())}{every}\n"
    columns = (*table.inputs, *table.outputs)
    yield f"| {' | '.join(f'`{column}`' for column in columns)} |\n|{'---|' * len(columns)}"
    for row in rows(definition, name):
        yield "| " + " | ".join(_cell(row[column], column, table) for column in columns) + " |"


def _cell(value: object, column: str, table: Table) -> str:
    """Return a cell for readers: "any" is a dash; a test of the input names the input."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if column in table.inputs and ("?" in text or text[:1] in "<>"):
        return f"`{text.replace('?', column)}`"
    return text.replace("|", "\\|")
