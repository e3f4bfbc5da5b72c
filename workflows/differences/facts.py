"""A version as flat facts: what it has, each with its value in Spanish.

Elements have the same names in the facts of both versions (`names_of`), so that another name is one
difference, and not one of each fact that speaks of the element.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lxml import etree

from workflows.definition import Definition
from workflows.differences import words
from workflows.differences.words import Names
from workflows.drawing import BPMN, DI, Drawing, Flow, Node, local_name, read_xml
from workflows.tables import Cell, Rule

Key = tuple[str, ...]

TERMS = "deadlines"
#: The quotation marks of words within words → those of a sentence.
QUOTES = str.maketrans("“”", "«»")
#: What only draws, remarks or names; flows and lanes are facts, and get new ids at each saving.
WITHOUT_EFFECT = frozenset({
    "documentation", "textAnnotation", "association", "group", "incoming", "outgoing", "laneSet",
    "description",
})  # fmt: skip


class Fact(NamedTuple):
    """A fact of a version; `has_effect`: not only a name or a remark."""

    what: str
    value: str
    file: str
    process: str = ""
    element: str = ""
    has_effect: bool = True


class Order(NamedTuple):
    """What decides in an order: the conditions of an element, the rows of a table."""

    what: str
    parts: Mapping[Key, str]
    """Key → its name, in order."""
    file: str
    process: str = ""
    element: str = ""


class Layers(NamedTuple):
    """The digests of a file: of what runs, of all but the drawing, of all; "" of no file."""

    runs: str
    texts: str
    all: str


def names_of(old: Definition, new: Definition) -> Names:
    """Return the names of the elements and processes of two versions, the new ones first.

    A gateway without a name is called by where it is ("la unión antes de «…»"), anything else by
    its id. Where several have the same name, their ids are added.
    """
    processes = {key: f"«{name}»" for v in (old, new) for key, name in v.processes.items()}
    elements = {
        node.id: version.gateway_names.get(node.id, "").translate(QUOTES)
        or f"«{node.name or node.id}»"
        for version in (old, new)
        for drawing in version.drawings
        for node in drawing.nodes
    }
    return {**_apart(processes), **_apart(elements)}


def _apart(names: Names) -> Names:
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def facts_of(version: Definition, names: Names) -> dict[Key, Fact]:
    """Return the facts of a version: of its processes, elements and flows, then of its tables."""
    found: dict[Key, Fact] = {}
    for drawing in version.drawings:
        for key, name in drawing.processes.items():
            what = f"Nombre del proceso {names[key]}"
            found["process", key] = Fact(what, name, drawing.file, key, has_effect=False)
        for node in drawing.nodes:
            found.update(_of_node(drawing, node, names))
        nodes = {node.id: node for node in drawing.nodes}
        for flow, ends in _flows(drawing):
            found.update(_of_flow(flow, ends, nodes.get(flow.source), names))
    for table in _tables(version, names):
        found.update(_of_table(table))
    return found


def orders_of(version: Definition, names: Names) -> dict[Key, Order]:
    """Return what decides in an order: the conditions of an element, the rows of a table."""
    found: dict[Key, Order] = {}
    for drawing in version.drawings:
        keys = _flows(drawing)
        for node in drawing.nodes:
            parts = {
                k: names.get(f.target, f.target)
                for f, k in keys
                if f.condition and f.source == node.id
            }
            what = f"los caminos de {names[node.id]}"
            found["flows", node.id] = Order(what, parts, node.file, node.process, node.id)
    for one in _tables(version, names):
        if one.name != TERMS:
            parts = {key: one.row(rule) for key, rule in one.rules.items()}
            found["rows", one.name] = Order(f"las filas de «{one.title}»", parts, one.file)
    return found


def layers_of(text: str) -> Layers:
    """Return the digests of a file, from what runs to all of it."""
    return Layers(*(_digest(one) for one in (_running(text), _undrawn(text), text)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


# Drawings ---------------------------------------------------------------------------------------


def _of_node(drawing: Drawing, node: Node, names: Names) -> Iterator[tuple[Key, Fact]]:
    name = names[node.id]
    timer = None if node.timer is None else words.timer(node.timer, names)
    for kind, value, has_effect in (
        ("Nombre", node.name, False),
        ("Tipo", _kind(drawing, node, names), True),
        ("Carril", node.lane, True),
        ("Fecha", timer, True),
    ):
        if value:
            what = f"{kind} de {name}"
            yield (kind, node.id), Fact(what, value, node.file, node.process, node.id, has_effect)


def _kind(drawing: Drawing, node: Node, names: Names) -> str:
    """Return what an element is, where, and what it does to what is around it."""
    host, called, message = node.attached_to, node.called, node.message
    runs_on = "false" in (node.xml.get("cancelActivity"), node.xml.get("isInterrupting"))
    parts = (
        words.kind(node),
        f"en {names.get(node.container, node.container)}",
        f"sobre {names.get(host, host)}" if host else "",
        f"llama a {names.get(called, called)}" if called else "",
        f"espera el mensaje «{drawing.messages.get(message, message)}»" if message else "",
        "sin interrumpir" if runs_on else "",
        "termina todo" if "terminate" in node.events else "",
    )
    return ", ".join(filter(None, parts))


def _flows(drawing: Drawing) -> list[tuple[Flow, Key]]:
    """Return the flows, each with its key: its ends, numbered where several have the same."""
    times = Counter[Key]()
    found: list[tuple[Flow, Key]] = []
    for flow in drawing.flows:
        ends = (flow.source, flow.target)
        times[ends] += 1
        found.append((flow, ("flow", *ends, str(times[ends]))))
    return found


def _of_flow(flow: Flow, key: Key, source: Node | None, names: Names) -> Iterator[tuple[Key, Fact]]:
    begin, end = (names.get(one, one) for one in (flow.source, flow.target))
    way = f"{begin} a {end}{f' ({key[-1]})' if key[-1] != '1' else ''}"
    process = source.process if source else ""
    if source and source.default == flow.id:
        value = "si no se cumple ninguna condición"
    else:
        value = f"si {words.condition(flow.condition, names)}" if flow.condition else "siempre"
    yield key, Fact(f"Camino de {way}", value, flow.file, process, flow.source)
    if flow.name:
        what = f"Respuesta en el camino de {way}"
        named = Fact(what, flow.name, flow.file, process, flow.source, has_effect=False)
        yield ("answer", *key), named


# Tables -----------------------------------------------------------------------------------------


class _Titled(NamedTuple):
    """A table with what people read in it: its title, its columns, what its rows are about."""

    name: str
    title: str
    collects: bool
    columns: Mapping[str, str]
    """Name → label, inputs first."""
    rules: Mapping[Key, Rule]
    about: Mapping[str, str]
    """Id of a row → its remark."""
    names: Names
    processes: Mapping[str, str]
    """Step → process."""

    @property
    def file(self) -> str:
        return f"{self.name}.dmn"

    def row(self, rule: Rule) -> str:
        """Return a row by what it asks, with its remark."""
        about = self.about.get(rule.id)
        inputs = [
            _input(cell, self.names)
            for cell in rule.inputs
            if isinstance(cell.value, str) or (cell.text is not None and not about)
        ]
        return ", ".join([*([f"«{about}»"] if about else []), *inputs]) or "sin condición"


def _tables(version: Definition, names: Names) -> Iterator[_Titled]:
    processes = {key: step.process for key, step in version.user_tasks.items()}
    for file in version.texts:
        if not file.endswith(".dmn"):
            continue
        name = file.removesuffix(".dmn")
        table, root = version.table(name), read_xml(version.texts[file])
        inner = {tag: [e for e in root.iter() if local_name(e) == tag]
                 for tag in ("decision", "input", "output", "rule")}  # fmt: skip
        title = next((one.get("name") for one in inner["decision"]), "") or name
        drawn = (one.get("label") for one in (*inner["input"], *inner["output"]))
        columns = (*table.inputs, *table.outputs)
        rules: dict[Key, Rule] = {
            ("row", name, rule.id or str(n)): rule for n, rule in enumerate(table.rules)
        }
        yield _Titled(
            name,
            title,
            table.collects,
            {one: label or one for one, label in zip(columns, drawn, strict=True)},
            rules,
            {one.get("id") or "": _remark(one) for one in inner["rule"]},
            names if name == TERMS else {},
            processes,
        )


def _remark(rule: etree._Element) -> str:
    texts = (one.text or "" for one in rule if local_name(one) == "description")
    return " ".join(next(texts, "").split())


def _of_table(table: _Titled) -> Iterator[tuple[Key, Fact]]:
    how = "todas las que coinciden" if table.collects else "la primera que coincide"
    what = f"Filas que valen en «{table.title}»"
    yield ("collects", table.name), Fact(what, how, table.file)
    for key, rule in table.rules.items():
        row = f"{table.title}, {table.row(rule)}"
        step = str(rule.inputs[0].value) if table.name == TERMS and rule.inputs else ""
        process = table.processes.get(step, "")
        place = (table.file, process, step if process else "")
        values = [*(_input(one, table.names) for one in rule.inputs), *map(_value, rule.outputs)]
        for (column, label), value in zip(table.columns.items(), values, strict=True):
            yield (*key, column), Fact(f"{row}: {label}", value, *place)
        if about := table.about.get(rule.id):
            yield (*key, ""), Fact(f"{row}: nota", about, *place, has_effect=False)


def _input(cell: Cell, names: Names) -> str:
    if cell.text is None:
        return "cualquiera"
    if not cell.literal:
        return cell.text
    return names.get(str(cell.value)) or _value(cell.value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    if value in (None, ""):
        return "nada"
    return words.value(f"{value}")


# Texts ------------------------------------------------------------------------------------------


def _running(text: str) -> str:
    """Return a document without what only draws, remarks or names, and without ids of flows."""
    if not text:
        return ""
    root = read_xml(_undrawn(text))
    flows = {
        one.get("id") or "": f"{one.get('sourceRef')} {one.get('targetRef')}"
        for one in root.iter(f"{{{BPMN}}}sequenceFlow")
    }
    for element in list(root.iter()):
        tag, parent = local_name(element), element.getparent()
        if tag in WITHOUT_EFFECT and parent is not None:
            parent.remove(element)
            continue
        for name in ("name", "label"):
            if tag not in ("message", "output") or name == "label":
                element.attrib.pop(name, None)
        for name in ("id", "default"):
            if (value := element.get(name)) in flows:
                element.set(name, flows[value])
        element.text = " ".join((element.text or "").split())
    return _canonical(root)


def _undrawn(text: str) -> str:
    """Return a document without its positions and without spaces between elements."""
    if not text:
        return ""
    root = read_xml(text)
    for element in list(root.iter()):
        is_layout = etree.QName(element).namespace == DI or local_name(element).startswith("DMNDI")
        parent = element.getparent()
        if is_layout and parent is not None:
            parent.remove(element)
            continue
        element.tail = None
        if len(element) and not (element.text or "").strip():
            element.text = None
    return _canonical(root)


def _canonical(root: etree._Element) -> str:
    return bytes(etree.tostring(root, method="c14n")).decode()
