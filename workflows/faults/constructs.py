"""Check that everything drawn can run here.

It is a list of what is allowed, because SpiffWorkflow reads more than works in it.
"""

from collections.abc import Iterator

from lxml import etree

from workflows.contract import Fault
from workflows.drawing import BPMN, FLOW_NODES, Drawing, Node, id_of, local_name
from workflows.faults.plan import Plan

AT_THE_TOP = frozenset({"process", "collaboration", "message", "category", "documentation"})
IN_A_PROCESS = frozenset({
    "documentation", "laneSet", "sequenceFlow", "textAnnotation", "association", "group",
    "startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent", "userTask",
    "serviceTask", "callActivity", "exclusiveGateway", "parallelGateway", "subProcess",
})  # fmt: skip
IN_A_NODE = frozenset({"documentation", "incoming", "outgoing"})
BOUNDARY_HOSTS = {"timer": ("userTask", "callActivity"), "message": ("callActivity",)}
RESERVED = frozenset({"Start", "End", "StartEventSplit", "StartEventJoin"})
"""Names that SpiffWorkflow gives to its internal tasks."""


def check_constructs(plan: Plan) -> Iterator[Fault]:
    """Report drawn constructs that cannot run here."""
    for drawing in plan.drawings:
        yield from _file(drawing)
        hosts = {node.id: node for node in drawing.nodes}
        for node in drawing.nodes:
            for sentence in _node(node, hosts):
                yield Fault(drawing.file, node.id, sentence)


def _file(drawing: Drawing) -> Iterator[Fault]:
    stem = drawing.file.removesuffix(".bpmn")
    if list(drawing.processes) != [stem]:
        yield Fault(drawing.file, "", f"It must hold one process, with the id “{stem}”.")
    for child in drawing.root.iterchildren(f"{{{BPMN}}}*"):
        if local_name(child) not in AT_THE_TOP:
            yield _unsupported(drawing, child)
    for process in drawing.root.iterfind(f"{{{BPMN}}}process"):
        if process.get("isExecutable") == "false":
            yield Fault(drawing.file, process.get("id") or "", "The process is not executable.")
        yield from _inside(drawing, process)


def _inside(drawing: Drawing, container: etree._Element) -> Iterator[Fault]:
    yield from _foreign(drawing, container)
    for child in container:
        name = local_name(child)
        if name == "extensionElements" or not name:
            continue
        if name not in IN_A_PROCESS:
            yield _unsupported(drawing, child)
        elif name == "subProcess":
            yield from _inside(drawing, child)
        elif name in FLOW_NODES or name == "sequenceFlow":
            yield from _foreign(drawing, child)


def _unsupported(drawing: Drawing, element: etree._Element) -> Fault:
    name = local_name(element)
    return Fault(drawing.file, id_of(element), f"“{name}” is not supported.")


def _foreign(drawing: Drawing, element: etree._Element) -> Iterator[Fault]:
    """Report a vendor's extensions: another engine would obey them, this one ignores them."""
    if element.find(f"{{{BPMN}}}extensionElements") is not None:
        yield Fault(drawing.file, element.get("id") or "", "Vendor extensions are not supported.")
    for name in element.attrib:
        if etree.QName(name).namespace:
            sentence = f"The attribute “{etree.QName(name).localname}” is a vendor's extension."
            yield Fault(drawing.file, element.get("id") or "", sentence)


def _node(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    if node.id in RESERVED:
        yield "SpiffWorkflow reserves this id."
    if node.kind not in IN_A_PROCESS:
        return
    if node.kind != "subProcess":
        for child in node.xml:
            name = local_name(child)
            known = not name or name in IN_A_NODE or name == "extensionElements"
            if not known and not name.endswith("EventDefinition"):
                yield f"“{name}” is not supported."
    if node.xml.get("isForCompensation") == "true":
        yield "Compensation is not supported."
    if check := _CHECKS.get(node.kind):
        yield from check(node, hosts)


def _start(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    if node.container not in hosts:
        if node.events:
            yield "A process starts by a start event without trigger."
    elif not hosts[node.container].is_event_sub_process:
        return  # the fault is reported at the sub-process
    elif node.events != ("timer",):
        yield "An event sub-process starts by a timer."
    elif node.xml.get("isInterrupting") != "false":
        yield "The start of an event sub-process must not interrupt."


def _end(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    if node.events not in ((), ("terminate",)):
        yield "An end is a plain or a terminate end."


def _catch(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    if node.events != ("timer",):
        yield "An intermediate event waits for a timer, and for nothing else."


def _boundary(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    kind = node.events[0] if len(node.events) == 1 else ""
    host = hosts.get(node.attached_to)
    if kind not in BOUNDARY_HOSTS:
        yield "A boundary event waits for one timer or one message."
    elif host is None or host.container != node.container:
        yield "The boundary event sits on nothing."
    elif host.kind not in BOUNDARY_HOSTS[kind]:
        yield f"A boundary {kind} may sit on {' or '.join(BOUNDARY_HOSTS[kind])} alone."
    elif not node.interrupts and (kind == "message" or host.kind == "userTask"):
        yield f"A boundary {kind} on a {host.kind} must interrupt it."


def _sub_process(node: Node, hosts: dict[str, Node]) -> Iterator[str]:
    if not node.is_event_sub_process:
        yield "A sub-process must be triggered by an event; call a process instead."
    elif node.container in hosts:
        yield "An event sub-process must not sit within another."


_CHECKS = {
    "startEvent": _start,
    "endEvent": _end,
    "intermediateCatchEvent": _catch,
    "boundaryEvent": _boundary,
    "subProcess": _sub_process,
}
