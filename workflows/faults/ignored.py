"""Report details that the engine would ignore, and missing names that people would read.

SpiffWorkflow runs these diagrams as if the detail were not there, so the drawing would promise what
does not happen. Deployments that already have live cases are exempt.
"""

from collections.abc import Iterator

from lxml import etree

from workflows.containers import Container
from workflows.contract import Fault
from workflows.drawing import BPMN, FLOW_NODES, id_of, local_name
from workflows.faults.plan import Plan

QUANTITIES = ("startQuantity", "completionQuantity")
#: XML also allows 1 and 0 for these switches; the engine and the checks read only words.
SWITCHES = (
    "cancelActivity", "isClosed", "isCollection", "isExecutable", "isForCompensation",
    "isImmediate", "isInterrupting", "parallelMultiple", "triggeredByEvent",
)  # fmt: skip
#: The children allowed in an element that is drawn by its attributes alone.
WITHIN = {
    "sequenceFlow": frozenset({"documentation", "conditionExpression", "extensionElements"}),
    "participant": frozenset({"documentation", "extensionElements"}),
}
#: Elements that people see by name; a gateway needs a name only where it asks a question.
NAMED = frozenset(
    {"process", "participant", "lane", "userTask", "serviceTask", "callActivity", "subProcess"}
) | (FLOW_NODES - {"exclusiveGateway", "parallelGateway"})


def check_ignored(plan: Plan) -> Iterator[Fault]:
    """Report drawn details that would have no effect, and missing names."""
    for drawing in plan.drawings:
        for element in drawing.root.iter(etree.Element):
            if etree.QName(element).namespace == BPMN:
                for sentence in (*_element(element), *_details(element)):
                    yield Fault(drawing.file, id_of(element), sentence)
    for container in plan.containers():
        yield from _gateways(container)


def _element(element: etree._Element) -> Iterator[str]:
    name = local_name(element)
    if not element.get("id") and (name in FLOW_NODES or name == "sequenceFlow"):
        yield f"A {name} in it has no id, so nothing can refer to it."
    if name == "messageFlow":
        yield "A message flow carries nothing: the mails of a step are in its folder."
    if name == "process" and element.get("processType") == "Public":
        yield "A public process is a description; the type must be None or Private."
    if name == "sequenceFlow" and element.get("isImmediate") == "false":
        yield "The flow is taken at once: isImmediate=“false” is not supported."
    for quantity in QUANTITIES:
        if (element.get(quantity) or "1").strip() != "1":
            yield f"The {quantity} must be 1, not {element.get(quantity)}."
    blank = not (element.get("name") or "").strip()
    if blank and (name in NAMED or "name" in element.attrib):
        yield "Its name is blank."


def _details(element: etree._Element) -> Iterator[str]:
    name = local_name(element)
    if element.get("parallelMultiple") == "true":
        yield "One event starts it or none: parallelMultiple=“true” is not supported."
    for switch in SWITCHES:
        if element.get(switch, "true") not in ("true", "false"):
            yield f"The {switch} must be written true or false, not {element.get(switch)}."
    for child in element if name in WITHIN else ():
        if local_name(child) and local_name(child) not in WITHIN[name]:
            yield f"“{local_name(child)}” within it is not supported."


def _gateways(container: Container) -> Iterator[Fault]:
    for node in container.nodes.values():
        if not node.kind.endswith("Gateway"):
            continue
        many_in, many_out = (
            len(flows) > 1 for flows in (container.into(node.id), container.out_of(node.id))
        )
        direction = node.xml.get("gatewayDirection") or "Unspecified"
        allowed = {
            "Unspecified": True,
            "Converging": not many_out,
            "Diverging": not many_in,
            "Mixed": many_in and many_out,
        }
        if not allowed.get(direction, True):
            yield Fault(
                container.file, node.id, f"Its flows contradict its gatewayDirection, {direction}."
            )
        if node.kind == "exclusiveGateway" and many_out and not node.name.strip():
            yield Fault(container.file, node.id, "The gateway asks a question and has no name.")
