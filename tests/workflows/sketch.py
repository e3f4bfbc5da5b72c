"""Draws diagrams for the tests from lines of text.

process designation "Designación"
start begin
user designate lane=Entidad name="Designar al administrador"
timer-on designate lapse due("designate")         an interrupting boundary timer
begin -> designate -> reviewed
reviewed -> done: outcome("designate") == "done"   a condition
reviewed => designate                              the default
"""

import re
import shlex
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI" id="{0}_file" '
    'targetNamespace="http://example.org/zaguan">\n{1}\n{2}\n</definitions>\n'
)
KINDS = {
    "user": "userTask",
    "service": "serviceTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
}
POINTS = '<dd:waypoint x="0" y="0"/><dd:waypoint x="9" y="9"/>'
EDGE = f'<di:BPMNEdge bpmnElement="{{}}">{POINTS}</di:BPMNEdge>'
BOUNDS = '<dc:Bounds x="0" y="0" width="9" height="9"/>'
SHAPE = f'<di:BPMNShape bpmnElement="{{}}">{BOUNDS}</di:BPMNShape>'
TIMER = "<timerEventDefinition><timeDate>{}</timeDate></timerEventDefinition>"


@dataclass
class _Scope:
    """A process or an event sub-process being drawn."""

    body: list[str] = field(default_factory=list)
    default: dict[str, str] = field(default_factory=dict)


@dataclass
class _Sketch:
    process: str = ""
    name: str = ""
    scopes: list[_Scope] = field(default_factory=lambda: [_Scope()])
    lanes: dict[str, list[str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    flows: int = 0

    def add(self, xml: str) -> None:
        self.scopes[-1].body.append(xml)


def bpmn(text: str) -> str:
    """Return the BPMN of a sketched process."""
    sketch = _Sketch()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        _draw(sketch, line)
    lanes = "".join(
        f"<lane id={quoteattr(f'{sketch.process}_lane_{n}')} name={quoteattr(lane)}>"
        + "".join(f"<flowNodeRef>{key}</flowNodeRef>" for key in keys)
        + "</lane>"
        for n, (lane, keys) in enumerate(sketch.lanes.items())
    )
    lane_set = f'<laneSet id="{sketch.process}_lanes">{lanes}</laneSet>' if lanes else ""
    body = "\n".join(sketch.scopes[0].body)
    process = (
        f'<process id="{sketch.process}" name={quoteattr(sketch.name)} isExecutable="true">'
        f"{lane_set}\n{body}\n</process>"
    )
    messages = "".join(f'<message id="{m}_message" name="{m}"/>' for m in sketch.messages)
    return HEAD.format(sketch.process, messages + process, _layout(sketch.process, process))


def _layout(key: str, process: str) -> str:
    """Return shapes for everything that is drawn; their positions do not matter to the checks."""
    drawn = re.findall(
        r'<(lane|sequenceFlow|\w+(?:Task|Gateway|Event|Activity|Process)) id="(\w+)"', process
    )
    placed = "".join((EDGE if tag == "sequenceFlow" else SHAPE).format(one) for tag, one in drawn)
    plane = f'<di:BPMNPlane bpmnElement="{key}">{placed}</di:BPMNPlane>'
    return f"<di:BPMNDiagram>{plane}</di:BPMNDiagram>"


def _draw(sketch: _Sketch, line: str) -> None:
    if "->" in line.split(":", maxsplit=1)[0] or "=>" in line:
        _flow(sketch, line)
        return
    word, *rest = line.split(maxsplit=1)
    key, *more = rest[0].split(maxsplit=1) if rest else ("",)
    _DRAWN[word](sketch, key, more[0] if more else "")


def _flow(sketch: _Sketch, line: str) -> None:
    path, _, condition = line.partition(":") if "->" in line else (line, "", "")
    parts = re.split(r"\s*(->|=>)\s*", path.strip())
    for source, arrow, target in zip(parts[0::2], parts[1::2], parts[2::2], strict=False):
        sketch.flows += 1
        key = f"{sketch.process}_flow_{sketch.flows}"
        inside = ""
        if condition:
            inside = f"<conditionExpression>{escape(condition.strip())}</conditionExpression>"
        if arrow == "=>":
            body = sketch.scopes[-1].body
            place = next(n for n, xml in enumerate(body) if f'id="{source}"' in xml)
            body[place] = body[place].replace(f'id="{source}"', f'id="{source}" default="{key}"')
        sketch.add(
            f'<sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</sequenceFlow>"
        )


def _process(sketch: _Sketch, key: str, more: str) -> None:
    sketch.process, sketch.name = key, more.strip('"') or key


def _node(tag: str):
    def draw(sketch: _Sketch, key: str, more: str) -> None:
        options = dict(part.split("=", 1) for part in shlex.split(more))
        if lane := options.pop("lane", ""):
            sketch.lanes.setdefault(lane, []).append(key)
        name = options.pop("name", key.replace("_", " ").capitalize())
        extra = "".join(f" {k}={quoteattr(v)}" for k, v in options.items())
        sketch.add(f'<{tag} id="{key}" name={quoteattr(name)}{extra}></{tag}>')

    return draw


def _event(tag: str, inside: str = ""):
    def draw(sketch: _Sketch, key: str, more: str) -> None:
        sketch.add(f'<{tag} id="{key}" name="{key}">{inside.format(escape(more))}</{tag}>')

    return draw


def _boundary(sketch: _Sketch, host: str, more: str, *, interrupts: bool = True) -> None:
    key, timer = more.split(maxsplit=1)
    cancel = "" if interrupts else ' cancelActivity="false"'
    sketch.add(
        f'<boundaryEvent id="{key}" name="{key}" attachedToRef="{host}"{cancel}>'
        f"{TIMER.format(escape(timer))}</boundaryEvent>"
    )


def _message(sketch: _Sketch, host: str, more: str) -> None:
    sketch.messages.append(more)
    sketch.add(
        f'<boundaryEvent id="{more}" name="Etapa convalidada" attachedToRef="{host}">'
        f'<messageEventDefinition messageRef="{more}_message"/></boundaryEvent>'
    )


def _sub_process(sketch: _Sketch, key: str, _: str) -> None:
    sketch.add(f'<subProcess id="{key}" name="Seguimiento" triggeredByEvent="true">')
    sketch.scopes.append(_Scope())


def _start_timer(sketch: _Sketch, key: str, more: str) -> None:
    inside = TIMER.format(escape(more))
    sketch.add(f'<startEvent id="{key}" name="{key}" isInterrupting="false">{inside}</startEvent>')


def _end_sub_process(sketch: _Sketch, _: str, __: str) -> None:
    scope = sketch.scopes.pop()
    for xml in scope.body:
        sketch.add(xml)
    sketch.add("</subProcess>")


def _call(sketch: _Sketch, key: str, more: str) -> None:
    _node("callActivity")(
        sketch, key, f"calledElement={more.split(maxsplit=1)[0]} name={more.split(maxsplit=1)[0]}"
    )


_DRAWN = {
    "process": _process,
    "start": _event("startEvent"),
    "start-timer": _start_timer,
    "end": _event("endEvent"),
    "stop": _event("endEvent", "<terminateEventDefinition/>"),
    "timer": _event("intermediateCatchEvent", TIMER),
    "timer-on": _boundary,
    "reminder-on": lambda *args: _boundary(*args, interrupts=False),
    "message-on": _message,
    "call": _call,
    "aside": _sub_process,
    "aside-ends": _end_sub_process,
    **{word: _node(tag) for word, tag in KINDS.items()},
}


def deadlines(*rows: tuple[str, int]) -> str:
    """Return a deadlines.dmn with these steps and working days."""
    rules = "".join(
        f'<rule id="rule_{step}"><inputEntry id="in_{step}"><text>"{step}"</text></inputEntry>'
        f'<outputEntry id="out_{step}"><text>{days}</text></outputEntry></rule>'
        for step, days in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="deadlines_file" '
        'name="Plazos" namespace="http://example.org/zaguan">'
        '<decision id="deadlines" name="Plazos"><decisionTable id="deadlines_table">'
        '<input id="in"><inputExpression id="step" typeRef="string"><text>step</text>'
        '</inputExpression></input><output id="out" name="days" typeRef="number"/>'
        f"{rules}</decisionTable></decision></definitions>\n"
    )
