"""Kinds of changes to the real diagrams, each made wherever it can be made."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

from lxml import etree

from tests.workflows import real
from tests.workflows.reached import COUNTED as TIMES
from workflows.definition import COUNTED, OUTCOME, Definition
from workflows.drawing import BPMN

Root: TypeAlias = etree._Element
Change = Callable[[Root], None]


def _all(root: Root, tag: str) -> list[Root]:
    return list(root.iter(f"{{{BPMN}}}{tag}"))


def _process(root: Root) -> Root:
    return _all(root, "process")[0]


def _find(root: Root, key: str) -> Root:
    (found,) = root.xpath("//*[@id=$key]", key=key)
    return found


def _add(parent: Root, tag: str, key: str, **attributes: str) -> Root:
    element = etree.SubElement(parent, f"{{{BPMN}}}{tag}", id=key)
    for name, value in attributes.items():
        element.set(name, value)
    return element


def _flow(parent: Root, source: str, target: str) -> None:
    _add(parent, "sequenceFlow", f"{source}_to_{target}_new", sourceRef=source, targetRef=target)


def _put_between(flow: Root, key: str) -> None:
    """Put a new user task on a flow, in the lane of its source or target."""
    parent = flow.getparent()
    target = flow.get("targetRef")
    _add(parent, "userTask", key, name=f"Nuevo paso {key}")
    lanes = list(parent.getroottree().iter(f"{{{BPMN}}}flowNodeRef"))
    near = (ref for ref in lanes if ref.text.strip() in (flow.get("sourceRef"), target))
    etree.SubElement(next(near, lanes[0]).getparent(), f"{{{BPMN}}}flowNodeRef").text = key
    flow.set("targetRef", key)
    _flow(parent, key, target)


def _steps(root: Root) -> list[Root]:
    return _all(root, "userTask")


def rename(root: Root) -> None:
    for step in _steps(root):
        step.set("name", f"{step.get('name')} ahora")


def swap_lanes(root: Root) -> None:
    for lanes in _all(root, "laneSet"):
        drawn = [lane for lane in lanes if lane.tag == f"{{{BPMN}}}lane"]
        names = [lane.get("name") for lane in drawn]
        for lane, name in zip(drawn, names[1:] + names[:1], strict=True):
            lane.set("name", name)


def say_conditions_twice(root: Root) -> None:
    for condition in _all(root, "conditionExpression"):
        text = condition.text.strip()
        condition.text = f"({text}) or ({text})"


def insert_after_each(root: Root) -> None:
    for step in _steps(root):
        (flow,) = root.xpath("//*[@sourceRef=$key]", key=step.get("id"))
        _put_between(flow, f"{step.get('id')}_follows")


def insert_before_each(root: Root) -> None:
    for step in _steps(root):
        for number, flow in enumerate(root.xpath("//*[@targetRef=$key]", key=step.get("id"))):
            _put_between(flow, f"{step.get('id')}_precedes_{number}")


def rename_gateways(root: Root) -> None:
    found = [*_all(root, "exclusiveGateway"), *_all(root, "parallelGateway")]
    old = {gateway.get("id") for gateway in found}
    for element in root.iter(etree.Element):
        for name in ("id", "sourceRef", "targetRef", "bpmnElement"):
            if element.get(name) in old:
                element.set(name, f"{element.get(name)}_now")
        if (element.text or "").strip() in old:
            element.text = f"{element.text.strip()}_now"


def add_timers(root: Root) -> None:
    """Give each step without an event on its boundary a timer that leads back to it."""
    hosts = {event.get("attachedToRef") for event in _all(root, "boundaryEvent")}
    for step in _steps(root):
        key, parent = step.get("id"), step.getparent()
        if key in hosts:
            continue
        again = f"{key}_once_more"
        for flow in root.xpath("//*[@targetRef=$key]", key=key):
            flow.set("targetRef", again)
        _add(parent, "exclusiveGateway", again)
        _flow(parent, again, key)
        event = _add(parent, "boundaryEvent", f"{key}_expires", name="Vence", attachedToRef=key)
        definition = etree.SubElement(event, f"{{{BPMN}}}timerEventDefinition")
        etree.SubElement(definition, f"{{{BPMN}}}timeDate").text = "working_days(4)"
        _flow(parent, f"{key}_expires", again)


def remove_timers(root: Root) -> None:
    """Remove each event on the boundary of a step, with the flow out of it if that stays whole."""
    for event in _all(root, "boundaryEvent"):
        host = _find(root, event.get("attachedToRef"))
        (flow,) = root.xpath("//*[@sourceRef=$key]", key=event.get("id"))
        others = root.xpath("//*[@targetRef=$key]", key=flow.get("targetRef"))
        if host.tag == f"{{{BPMN}}}userTask" and len(others) > 1:
            event.getparent().remove(event)
            flow.getparent().remove(flow)


def move_follow_ups(root: Root) -> None:
    for timer in _all(root, "timeDate"):
        if found := COUNTED.fullmatch((timer.text or "").strip()):
            timer.text = f"working_days({int(found[1]) + 7})"


def add_branch(root: Root) -> None:
    """Add a branch to the first fork; without one, around the first element that is in no loop."""
    process = _process(root)
    key = process.get("id")
    gateways = [one.get("id") for one in _all(root, "parallelGateway")]
    ends = [one for one in gateways if len(root.xpath("//*[@targetRef=$key]", key=one)) > 1]
    fork, join = f"{key}_forks_now", f"{key}_joins_now"
    if ends:
        fork, join = next(one for one in gateways if one not in ends), ends[0]
    else:
        first = next(one for one in process if one.tag == f"{{{BPMN}}}startEvent").get("id")
        (flow,) = root.xpath("//*[@sourceRef=$key]", key=first)
        _add(process, "parallelGateway", fork)
        _add(process, "parallelGateway", join)
        target = flow.get("targetRef")
        flow.set("targetRef", fork)
        _add(process, "sequenceFlow", f"{key}_straight", sourceRef=fork, targetRef=join)
        _flow(process, join, target)
    _add(process, "sequenceFlow", f"{key}_branch", sourceRef=fork, targetRef=join)
    _put_between(_find(root, f"{key}_branch"), f"{key}_meanwhile")


def remove(step: str) -> Change:
    def change(root: Root) -> None:
        element = _find(root, step)
        (out,) = root.xpath("//*[@sourceRef=$key]", key=step)
        for flow in root.xpath("//*[@targetRef=$key]", key=step):
            flow.set("targetRef", out.get("targetRef"))
        for event in root.xpath("//*[@attachedToRef=$key]", key=step):
            for flow in root.xpath("//*[@sourceRef=$key]", key=event.get("id")):
                flow.getparent().remove(flow)
            event.getparent().remove(event)
        for one in (element, out):
            one.getparent().remove(one)
        for ref in _all(root, "flowNodeRef"):
            if ref.text.strip() == step:
                ref.getparent().remove(ref)

    return change


def go_straight(gateway: str, target: str) -> Change:
    """Replace a gateway by its flow to one target."""

    def change(root: Root) -> None:
        for flow in root.xpath("//*[@sourceRef=$key]", key=gateway):
            if flow.get("targetRef") != target:
                flow.getparent().remove(flow)
        remove(gateway)(root)

    return change


def call_instead(step: str) -> Change:
    """Replace a step by a called process in which it is the only step."""

    def change(root: Root) -> None:
        element = _find(root, step)
        for event in root.xpath("//*[@attachedToRef=$key]", key=step):
            event.set("attachedToRef", f"call_{step}")
        call = _add(element.getparent(), "callActivity", f"call_{step}")
        call.set("calledElement", f"{step}_alone")
        for name in ("sourceRef", "targetRef"):
            for flow in root.xpath(f"//*[@{name}=$key]", key=step):
                flow.set(name, f"call_{step}")
        element.getparent().remove(element)

    return change


#: What is changed in a whole file at once.
EVERYWHERE: dict[str, Change] = {
    "labels": rename,
    "lanes": swap_lanes,
    "conditions": say_conditions_twice,
    "steps inserted after": insert_after_each,
    "steps inserted before": insert_before_each,
    "gateways renamed": rename_gateways,
    "timers added": add_timers,
    "timers removed": remove_timers,
    "days of follow-ups": move_follow_ups,
    "a parallel branch": add_branch,
}
#: What is changed step by step, each in another version.
AT_A_STEP: dict[str, Callable[[str], Change]] = {"removed": remove, "split": call_instead}


@cache
def everywhere(kind: str, process: str) -> Definition:
    """Return the real diagrams with a kind of change in one process."""
    return _changed(process, EVERYWHERE[kind])


@cache
def at_a_step(kind: str, step: str) -> Definition:
    """Return the real diagrams with a kind of change at one step."""
    task = real.definition().user_tasks[step]
    definition = _changed(task.process, AT_A_STEP[kind](step), **_alone(step, kind))
    assert step not in {
        key for key, one in definition.user_tasks.items() if one.process == task.process
    }
    return definition


def _alone(step: str, kind: str) -> dict[str, str]:
    if kind != "split":
        return {}
    key = f"{step}_alone"
    text = (
        f'<definitions xmlns="{BPMN}" id="{key}_file"><process id="{key}" isExecutable="true">'
        f'<startEvent id="{key}_starts"/><userTask id="{step}" name="{step}"/>'
        f'<endEvent id="{key}_done"/>'
        f'<sequenceFlow id="{key}_1" sourceRef="{key}_starts" targetRef="{step}"/>'
        f'<sequenceFlow id="{key}_2" sourceRef="{step}" targetRef="{key}_done"/>'
        "</process></definitions>"
    )
    return {f"{key}.bpmn": text}


def removable(process: str) -> Iterator[str]:
    """Yield the steps of a process that no condition asks about."""
    definition = real.definition()
    questioned = {
        key
        for drawing in definition.drawings
        for flow in drawing.flows
        for key in OUTCOME.findall(flow.condition or "")
    }
    counted = {key for key, _ in TIMES}
    for step in definition.user_tasks.values():
        if step.process == process and step.id not in questioned | counted:
            yield step.id


def _changed(process: str, change: Change, **others: str) -> Definition:
    texts = dict(real.texts())
    root = etree.fromstring(texts[f"{process}.bpmn"].encode())
    change(root)
    texts[f"{process}.bpmn"] = etree.tostring(root, encoding="unicode")
    return Definition.parse({**texts, **others})
