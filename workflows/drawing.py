"""Read the XML of diagrams and tables, safely, into a small model of what is drawn."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"})
ENTRY = "onboarding"
"""The process whose calls are the stages."""


class NotXml(Exception):
    """The text is not XML, or has a document type declaration; the message says which."""


def read_xml(text: str) -> etree._Element:
    """Return the root of a document. Entities, DTDs and the network are never resolved.

    Comments and processing instructions are dropped: one inside a condition would truncate it.
    Raises NotXml.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotXml("a document type declaration (DOCTYPE) is not accepted")
    # The encoding is always ours, whatever the declaration says: nothing can hide in another.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml(f"it is not XML ({error})") from error


@dataclass(frozen=True)
class Node:
    """A task, event, gateway or sub-process as drawn."""

    id: str
    kind: str
    """The BPMN tag: "userTask", "exclusiveGateway" …"""
    name: str
    container: str
    """Id of the process or sub-process that contains it."""
    process: str
    file: str
    lane: str
    xml: etree._Element = field(repr=False, compare=False)

    @property
    def attached_to(self) -> str:
        """The activity to which the boundary event is attached, or ""."""
        return self.xml.get("attachedToRef") or ""

    @property
    def called(self) -> str:
        """The process that a call activity calls, or ""."""
        return self.xml.get("calledElement") or ""

    @property
    def default(self) -> str:
        return self.xml.get("default") or ""

    @property
    def interrupts(self) -> bool:
        """Whether a boundary event interrupts its activity."""
        return (self.xml.get("cancelActivity") or "true") == "true"

    @property
    def is_event_sub_process(self) -> bool:
        return self.kind == "subProcess" and self.xml.get("triggeredByEvent") == "true"

    @property
    def events(self) -> tuple[str, ...]:
        """The kinds of its event definitions: "timer", "message", "terminate" …"""
        names = (local_name(child) for child in self.xml)
        return tuple(n[: -len("EventDefinition")] for n in names if n.endswith("EventDefinition"))

    @property
    def timer(self) -> str | None:
        """The text of its `<timeDate>`, or None."""
        found = self.xml.find(f"{{{BPMN}}}timerEventDefinition/{{{BPMN}}}timeDate")
        return None if found is None else (found.text or "").strip()

    @property
    def message(self) -> str:
        """The id of the message that its message event waits for, or ""."""
        found = self.xml.find(f"{{{BPMN}}}messageEventDefinition")
        return "" if found is None else found.get("messageRef") or ""


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is None where none is drawn, `name` the label of an answer."""

    id: str
    source: str
    target: str
    condition: str | None
    container: str
    file: str
    name: str = ""


@dataclass
class Drawing:
    """The elements drawn in one .bpmn file."""

    file: str
    root: etree._Element
    processes: dict[str, str] = field(default_factory=dict)
    """Process id -> name."""
    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)
    """Message id -> name."""


def read_drawing(file: str, root: etree._Element) -> Drawing:
    """Return the elements drawn in a .bpmn document."""
    drawing = Drawing(file, root)
    lanes = {
        (ref.text or "").strip(): lane.get("name") or ""
        for lane in root.iter(f"{{{BPMN}}}lane")
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef")
    }
    for message in root.iterfind(f"{{{BPMN}}}message"):
        drawing.messages[message.get("id") or ""] = message.get("name") or ""
    for process in root.iterfind(f"{{{BPMN}}}process"):
        key = process.get("id") or ""
        drawing.processes[key] = process.get("name") or key
        for container, child in _drawn_in(process):
            _add(drawing, key, container, child, lanes)
    return drawing


def _drawn_in(container: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for child in container:
        if isinstance(child.tag, str) and child.get("id"):
            yield container.get("id") or "", child
        if local_name(child) in ("subProcess", "transaction", "adHocSubProcess"):
            yield from _drawn_in(child)


def _add(
    drawing: Drawing,
    process: str,
    container: str,
    child: etree._Element,
    lanes: Mapping[str, str],
) -> None:
    kind, key = local_name(child), child.get("id") or ""
    if kind == "sequenceFlow":
        condition = child.find(f"{{{BPMN}}}conditionExpression")
        text = None if condition is None else (condition.text or "").strip()
        source, target = child.get("sourceRef") or "", child.get("targetRef") or ""
        name = child.get("name") or ""
        drawing.flows.append(Flow(key, source, target, text, container, drawing.file, name))
    elif kind in FLOW_NODES:
        name, lane = child.get("name") or "", lanes.get(key, "")
        drawing.nodes.append(Node(key, kind, name, container, process, drawing.file, lane, child))


def called_along_the_flow(drawings: Sequence[Drawing]) -> tuple[str, ...]:
    """Return the stages: the processes that onboarding calls, in the order of its flow."""
    for drawing in drawings:
        if ENTRY in drawing.processes:
            return tuple(dict.fromkeys(_calls(drawing)))
    return ()


def _calls(drawing: Drawing) -> Iterator[str]:
    nodes = {node.id: node for node in drawing.nodes if node.container == ENTRY}
    queue = [node.id for node in nodes.values() if node.kind == "startEvent"]
    seen = set(queue)
    while queue:
        here = queue.pop(0)
        if called := nodes[here].called:
            yield called
        around = [node.id for node in nodes.values() if node.attached_to == here]
        after = [flow.target for flow in drawing.flows if flow.source == here]
        following = [key for key in after + around if key in nodes and key not in seen]
        seen.update(following)
        queue += following


def reached(starts: Iterable[str], after: Callable[[str], Iterable[str]]) -> set[str]:
    """Return all places that are reached from some, these included; `after` is one step on."""
    found: set[str] = set()
    queue = list(starts)
    while queue:
        here = queue.pop()
        if here not in found:
            found.add(here)
            queue += after(here)
    return found


def local_name(element: etree._Element) -> str:
    """Return the tag without its namespace; "" for a comment or a processing instruction."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def id_of(element: etree._Element) -> str:
    """Return the id of the element, or of its nearest ancestor that has an id, or ""."""
    found: etree._Element | None = element
    while found is not None and not found.get("id"):
        found = found.getparent()
    return "" if found is None else found.get("id") or ""


FLOW_NODES = EVENTS | {
    "intermediateThrowEvent", "task", "userTask", "serviceTask", "manualTask", "scriptTask",
    "businessRuleTask", "sendTask", "receiveTask", "callActivity", "subProcess", "transaction",
    "adHocSubProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "complexGateway", "eventBasedGateway",
}  # fmt: skip
"""Everything that a sequence flow can connect."""
