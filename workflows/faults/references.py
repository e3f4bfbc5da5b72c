"""Check that every reference has a target and every element is on the picture.

Deployments that already have live cases are exempt.
"""

from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from workflows.contract import Fault
from workflows.drawing import BPMN, DC, DD, DI, FLOW_NODES, Drawing, id_of, local_name
from workflows.faults.plan import Plan

SHAPES = FLOW_NODES | {"participant", "lane", "textAnnotation"}
EDGES = frozenset({"sequenceFlow", "association"})
#: Element and attribute -> the element kinds that the attribute may name; None for any kind.
ATTRIBUTES: Mapping[tuple[str, str], frozenset[str] | None] = {
    ("participant", "processRef"): frozenset({"process"}),
    ("association", "sourceRef"): None,
    ("association", "targetRef"): None,
    ("messageEventDefinition", "messageRef"): frozenset({"message"}),
    ("group", "categoryValueRef"): frozenset({"categoryValue"}),
    ("BPMNPlane", "bpmnElement"): frozenset({"process", "collaboration"}),
    ("BPMNShape", "bpmnElement"): None,
    ("BPMNEdge", "bpmnElement"): None,
    ("BPMNEdge", "sourceElement"): None,
    ("BPMNEdge", "targetElement"): None,
    ("BPMNShape", "choreographyActivityShape"): None,
    ("process", "definitionalCollaborationRef"): frozenset({"collaboration"}),
    ("lane", "partitionElementRef"): None,
    ("serviceTask", "operationRef"): frozenset({"operation"}),
} | {(kind, "default"): frozenset({"sequenceFlow"}) for kind in FLOW_NODES}
FARTHEST = 100_000
"""Greatest allowed distance of a picture from its origin."""


Elements = Mapping[str, etree._Element]
"""The elements of a file, by id."""


def check_references(plan: Plan) -> Iterator[Fault]:
    """Report references to nothing, and elements that no shape or edge shows."""
    for drawing in plan.drawings:
        elements = {
            element.get("id"): element
            for element in drawing.root.iter(etree.Element)
            if element.get("id")
        }
        for check in CHECKS:
            for key, sentence in check(drawing, elements):
                yield Fault(drawing.file, key, sentence)


def _attributes(drawing: Drawing, elements: Elements) -> Iterator[tuple[str, str]]:
    for element in drawing.root.iter(etree.Element):
        for name, value in element.attrib.items():
            known = (local_name(element), name)
            if known not in ATTRIBUTES:
                continue
            key = value.strip().rpartition(":")[2]  # a QName, whose prefix is the file's own choice
            found, kinds = elements.get(key), ATTRIBUTES[known]
            if found is None or (kinds is not None and local_name(found) not in kinds):
                yield id_of(element), f"Its {name} “{value}” is nothing in this file."


def _flows_of_nodes(drawing: Drawing, elements: Elements) -> Iterator[tuple[str, str]]:
    """Report flows that disagree with the `incoming` and `outgoing` of their nodes."""
    ends = {flow.id: {"incoming": flow.target, "outgoing": flow.source} for flow in drawing.flows}
    for node in drawing.nodes:
        for way in ("incoming", "outgoing"):
            for child in node.xml.iterfind(f"{{{BPMN}}}{way}"):
                flow = (child.text or "").strip()
                if ends.get(flow, {}).get(way) != node.id:
                    yield node.id, f"Its {way} names “{flow}”, which is no flow of it."


def _lanes(drawing: Drawing, elements: Elements) -> Iterator[tuple[str, str]]:
    for lane in drawing.root.iter(f"{{{BPMN}}}lane"):
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            key = (ref.text or "").strip()
            if key not in elements or local_name(elements[key]) not in FLOW_NODES:
                yield lane.get("id") or "", f"Its flowNodeRef “{key}” is nothing in this file."


def _undrawn(drawing: Drawing, elements: Elements) -> Iterator[tuple[str, str]]:
    shown = {
        kind: {
            (one.get("bpmnElement") or "").rpartition(":")[2]
            for one in drawing.root.iter(f"{{{DI}}}{kind}")
        }
        for kind in ("BPMNShape", "BPMNEdge")
    }
    for key, element in elements.items():
        name = local_name(element)
        if name in SHAPES and key not in shown["BPMNShape"]:
            yield key, "It has no shape: the picture of the process would lack it."
        if name in EDGES and key not in shown["BPMNEdge"]:
            yield key, "It has no edge: the picture of the process would lack it."


def _places(drawing: Drawing, elements: Elements) -> Iterator[tuple[str, str]]:
    """Report invalid sizes and places: the schema allows NaN and infinity, which draw nothing."""
    for element in drawing.root.iter(f"{{{DC}}}Bounds", f"{{{DD}}}waypoint"):
        for name in ("x", "y", "width", "height"):
            least = 0 if name in ("width", "height") else -FARTHEST
            if not least <= float(element.get(name, "0")) <= FARTHEST:
                yield id_of(element), f"Its {name} on the picture cannot be {element.get(name)}."


CHECKS: tuple[Callable[[Drawing, Elements], Iterator[tuple[str, str]]], ...] = (
    _attributes,
    _flows_of_nodes,
    _lanes,
    _undrawn,
    _places,
)
