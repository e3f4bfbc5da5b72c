"""The outlines of BPMN's shapes and lines, as SVG that needs no style sheet."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

from workflows.diagram.layout import Box, Line, Point, Shape
from workflows.diagram.text_lines import (
    LABEL,
    LINE,
    NAME,
    draw_lines,
    height_of,
    number,
    wrap_lines,
)
from workflows.drawing import EVENTS as CAUGHT

INK, QUIET, PAPER, MIST = "#1d1d1b", "#57544f", "#fff", "#f6f5f2"
EDGE = "#8a867f"
"""Colour of pools and lanes: contrast 3.6 : 1 on white."""

FRAMES = frozenset({"participant", "lane", "subProcess", "transaction", "adHocSubProcess"})
EVENTS = CAUGHT | {"intermediateThrowEvent"}
BAND = 30
"""Width of the strip of a pool or lane that holds its vertical name."""
CORNER = 5
LABEL_LINE = 14
"""Height that modellers reserve for a line of a label."""
WIDER = 4
"""How much wider our letters may be than those that labels are laid out for, per line."""

TASK_ICONS = {
    "userTask": '<g fill="none" stroke-width="1.2"><circle cx="8" cy="4.5" r="3.2"/>'
    '<path d="M1.5 15v-2.2c0-2.4 2.4-4 6.5-4s6.5 1.6 6.5 4V15z"/></g>',
    "serviceTask": '<g fill="none" stroke-width="1.2"><circle cx="8" cy="8" r="5"/>'
    '<circle cx="8" cy="8" r="2"/><path d="M8 3V.5M8 15.5V13M3 8H.5M15.5 8H13M4.5 4.5 2.7 2.7'
    'M13.3 13.3l-1.8-1.8M11.5 4.5l1.8-1.8M2.7 13.3l1.8-1.8" stroke-width="2"/></g>',
}  # fmt: skip


def frame(shape: Shape) -> str:
    """Return a pool, lane or expanded sub-process with its name."""
    box = shape.box
    if shape.kind == "participant":
        outline = _rect(box, f'fill="{PAPER}" stroke="{EDGE}" stroke-width="1.5"')
        rule = f"M{number(box.x + BAND)} {number(box.y)}V{number(box.bottom)}"
        band = f'<path d="{rule}" stroke="{EDGE}"/>'
        return outline + band + _upright(shape)
    if shape.kind == "lane":
        return _rect(box, f'fill="none" stroke="{EDGE}"') + _upright(shape)
    dashes = ' stroke-dasharray="1 4" stroke-linecap="round"' if _is_event_sub(shape) else ""
    outline = _rect(box, f'rx="10" fill="{MIST}" stroke="{INK}" stroke-width="1.75"{dashes}')
    lines = wrap_lines(shape.name, NAME, box.width - 14)
    return outline + draw_lines(lines, box.middle[0], box.y + 7, NAME)


def _is_event_sub(shape: Shape) -> bool:
    return bool(shape.xml.get("triggeredByEvent") == "true")


def _upright(shape: Shape) -> str:
    """Return the name of a pool or lane, written upwards within its band."""
    x, y = shape.box.x + BAND / 2, shape.box.middle[1]
    lines = wrap_lines(shape.name, NAME, shape.box.height - 8)
    text = draw_lines(lines, 0, -height_of(lines, NAME) / 2, NAME)
    return f'<g transform="translate({number(x)} {number(y)}) rotate(-90)">{text}</g>'


def outline(shape: Shape, fill: str = PAPER, stroke: str = INK, weight: float = 1.5) -> str:
    """Return the shape of a task, event, gateway or data item with its icons, without its name."""
    if shape.kind in EVENTS:
        return _event(shape, fill, stroke, weight)
    if shape.kind.endswith("Gateway"):
        return _gateway(shape, fill, stroke, weight)
    if shape.kind in ADDITIONS:
        return ADDITIONS[shape.kind](shape.box)
    heavy = max(weight, 3.5) if shape.kind == "callActivity" else weight
    style = f'rx="10" fill="{fill}" stroke="{stroke}" stroke-width="{number(heavy)}"'
    return _rect(shape.box, style) + _icon(shape)


def _icon(shape: Shape) -> str:
    icon = TASK_ICONS.get(shape.kind)
    if not icon:
        return ""
    place = f"translate({number(shape.box.x + 7)} {number(shape.box.y + 6)})"
    return f'<g transform="{place}" fill="{QUIET}" stroke="{QUIET}">{icon}</g>'


def call_marker(x: float, y: float) -> str:
    """Return the marker of a called process, 14 wide and high, with its corner at a point."""
    place = f"translate({number(x)} {number(y)})"
    return (
        f'<g transform="{place}" fill="none" stroke="{INK}" stroke-width="1.5">'
        '<path d="M.75.75h12.5v12.5H.75zM7 3.5v7M3.5 7h7"/></g>'
    )


# Events and gateways --------------------------------------------------------------------------


def _event(shape: Shape, fill: str, stroke: str, weight: float) -> str:
    (x, y), r = shape.box.middle, shape.box.width / 2
    ends = shape.kind == "endEvent"
    dashed = ' stroke-dasharray="5 3.5"' if _is_non_interrupting(shape) else ""
    width = max(weight, 3.5) if ends else weight
    rings = [(r - ends / 2, width)]
    if shape.kind not in ("startEvent", "endEvent"):
        rings.append((r - 3.5, 1.5))
    drawn = "".join(
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{number(thick)}"{dashed}/>'
        for radius, thick in rings
    )
    inside = "".join(
        EVENT_ICONS.get(child.tag.rpartition("}")[2], "")
        for child in shape.xml
        if isinstance(child.tag, str)
    )
    if inside:
        inside = (
            f'<g transform="translate({number(x)} {number(y)})" fill="none" stroke="{stroke}" '
            f'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">{inside}</g>'
        )
    return drawn + inside.replace("FULL", stroke)


def _is_non_interrupting(shape: Shape) -> bool:
    """Return whether the event leaves its host or its surrounding process running."""
    return "false" in (shape.xml.get("cancelActivity"), shape.xml.get("isInterrupting"))


EVENT_ICONS = {
    "timerEventDefinition": '<circle r="10"/><path d="M0-10v2.5M0 10V7.5M-10 0h2.5M10 0H7.5'
    'M.5-6.5V.5L5 2.5"/>',
    "messageEventDefinition": '<path d="M-9-6H9V6H-9zL0 1.5 9-6"/>',
    "terminateEventDefinition": '<circle r="9" fill="FULL"/>',
}


def _gateway(shape: Shape, fill: str, stroke: str, weight: float) -> str:
    box, (x, y) = shape.box, shape.box.middle
    edge = f"M{number(x)} {number(box.y)}L{number(box.right)} {number(y)} {number(x)} "
    edge += f"{number(box.bottom)} {number(box.x)} {number(y)}z"
    sign = GATEWAY_SIGNS[shape.kind]
    return (
        f'<path d="{edge}" fill="{fill}" stroke="{stroke}" stroke-width="{number(weight)}" '
        f'stroke-linejoin="round"/><g transform="translate({number(x)} {number(y)})" fill="none" '
        f'stroke="{stroke}" stroke-width="3">{sign}</g>'
    )


GATEWAY_SIGNS = {
    "exclusiveGateway": '<path d="M-6-8 6 8M6-8-6 8"/>',
    "parallelGateway": '<path d="M0-12v24M-12 0h24"/>',
}


# Data, notes and groups -----------------------------------------------------------------------


def _annotation(box: Box) -> str:
    x, y = number(box.x + 10), number(box.y)
    return f'<path d="M{x} {y}h-10v{number(box.height)}h10" fill="none" stroke="{QUIET}"/>'


def _group(box: Box) -> str:
    return _rect(box, f'rx="10" fill="none" stroke="{INK}" stroke-dasharray="8 5"')


ADDITIONS = {
    "textAnnotation": _annotation,
    "group": _group,
}


# Lines and names ------------------------------------------------------------------------------


def line(one: Line) -> str:
    """Return a line with its arrowhead, and the mark of a default flow."""
    if len(one.points) < 2:
        return ""
    dotted = ' stroke-dasharray="1 4"' if one.kind != "sequenceFlow" else ""
    drawn = f'<path class="diagram__line" d="{_rounded(one.points)}" fill="none"{dotted}/>'
    if one.kind != "sequenceFlow":
        return drawn
    drawn += f'<path d="{_head(one.points[-2], one.points[-1])}" stroke="none"/>'
    if one.is_default:
        (x, y), (ux, uy) = one.points[0], _towards(one.points[0], one.points[1])
        at = (x + 9 * ux, y + 9 * uy)
        slash = (2.5 * ux - 5.5 * uy, 2.5 * uy + 5.5 * ux)
        begin, end = _plus(at, slash, -1), _plus(at, slash, 1)
        drawn += f'<path class="diagram__default" d="M{begin}L{end}"/>'
    return drawn


def _plus(at: Point, by: Point, times: float) -> str:
    return f"{number(at[0] + times * by[0])} {number(at[1] + times * by[1])}"


def _towards(one: Point, other: Point) -> Point:
    """Return the direction from one point to another, as a vector of length 1."""
    length = hypot(other[0] - one[0], other[1] - one[1]) or 1
    return (other[0] - one[0]) / length, (other[1] - one[1]) / length


def _rounded(points: tuple[Point, ...]) -> str:
    """Return a line through the points; each turn is rounded, with its point as control point."""
    parts = [f"M{_plus(points[0], (0, 0), 0)}"]
    for place, (before, turn) in enumerate(pairwise(points[:-1]), 1):
        after = points[place + 1]
        radius = min(
            CORNER,
            hypot(turn[0] - before[0], turn[1] - before[1]) / 2,
            hypot(after[0] - turn[0], after[1] - turn[1]) / 2,
        )
        into, out = _towards(turn, before), _towards(turn, after)
        parts.append(f"L{_plus(turn, into, radius)}")
        parts.append(f"Q{_plus(turn, (0, 0), 0)} {_plus(turn, out, radius)}")
    return "".join([*parts, f"L{_plus(points[-1], (0, 0), 0)}"])


def _head(before: Point, tip: Point) -> str:
    ux, uy = _towards(before, tip)
    back = (tip[0] - 10 * ux, tip[1] - 10 * uy)
    side = (-uy, ux)
    return f"M{_plus(tip, side, 0)}L{_plus(back, side, 4.5)} {_plus(back, side, -4.5)}z"


def outer_name(name: str, label: Box | None, shape: Box | None = None) -> str:
    """Return a name at the place of its label; "" without a name or a label.

    Next to a shape the text grows away from it, since our letters may be wider than others.
    """
    if not name or label is None:
        return ""
    x, anchor = label.middle[0], ""
    if shape and label.x >= shape.middle[0]:
        x, anchor = label.x, ' text-anchor="start"'
    elif shape and label.right <= shape.middle[0]:
        x, anchor = label.right, ' text-anchor="end"'
    style = f' fill="{INK}" stroke="none"{anchor}'
    return draw_lines(outer_lines(name, label), x, label.y, LABEL, style)


def outer_lines(name: str, label: Box) -> tuple[str, ...]:
    """Return the lines of a name outside its shape, at most as many as its label has room for."""
    most = max(1, round(label.height / LABEL_LINE))
    room = label.width + WIDER
    lines = wrap_lines(name, LABEL, room)
    while len(lines) > most:
        room += WIDER
        lines = wrap_lines(name, LABEL, room)
    return lines


def inside(name: str, box: Box, top: float, bottom: float) -> str:
    """Return a name in the middle of a box, between two heights; long names begin at `top`."""
    lines = wrap_lines(name, NAME, box.width - 10)
    first = max(top, (top + bottom - len(lines) * NAME * LINE) / 2)
    return draw_lines(lines, box.middle[0], first, NAME)


def _rect(box: Box, attributes: str) -> str:
    place = f'x="{number(box.x)}" y="{number(box.y)}"'
    size = f'width="{number(box.width)}" height="{number(box.height)}"'
    return f"<rect {place} {size} {attributes}/>"
