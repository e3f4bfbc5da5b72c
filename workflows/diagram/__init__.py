"""A picture of a process of a deployed version: SVG made from its BPMN DI, on the server.

It needs neither script nor style sheet, has texts for screen readers, and can stand alone. What a
case (or a programme) adds at the nodes comes as marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from workflows.definition import Definition
from workflows.diagram import marks, outlines, strips
from workflows.diagram.layout import Box, Layout, Shape, read_layout
from workflows.diagram.marks import CHANGE_ICONS as CHANGE_ICONS
from workflows.diagram.marks import STATE_ICONS as STATE_ICONS
from workflows.diagram.marks import Figure as Figure
from workflows.diagram.marks import Mark as Mark
from workflows.diagram.text_lines import number

SCALE = 1.25
"""Screen pixels per unit of the drawing, so that its smallest letters are readable."""
MARGIN = 8
FONT = "'Inter Variable',Inter,Arial,sans-serif"

#: The kind of a node, in words; for gateways and events it may depend on more than the tag.
KINDS: Mapping[str, str] = {
    "userTask": "Tarea de una persona",
    "serviceTask": "Tarea del sistema",
    "callActivity": "Proceso que tiene su propio diagrama",
    "subProcess": "Proceso al lado",
    "exclusiveGateway": "Pregunta",
    "parallelGateway": "Caminos a la vez",
    "startEvent": "Inicio",
    "endEvent": "Fin",
    "intermediateCatchEvent": "Espera",
    "boundaryEvent": "Aviso",
    "textAnnotation": "Nota",
    "group": "Grupo",
    "join": "Unión de caminos",
    "timer": "Espera de una fecha",
    "lapse": "Vencimiento",
}


def svg(
    definition: Definition,
    process: str,
    given: Mapping[str, Mark],
    *,
    key: str,
    title: str = "",
) -> str:
    """Return the diagram of a process with marks at its nodes, by element.

    `key` makes the ids unique where several diagrams stand on a page; a node with a mark has the id
    `{key}-{element}`. Marks of elements outside this process are ignored. Raises KeyError for an
    unknown process.
    """
    template = _template(definition, process)
    parts = [
        template.head.format(key=escape(key), title=escape(title or template.title)),
        template.background,
    ]
    for node in template.nodes:
        mark = given.get(node.shape.id)
        parts.append(node.plain if mark is None else _marked(node, mark, key))
    return "".join([*parts, "</svg>"])


@dataclass(frozen=True)
class _Node:
    """A node drawn without a mark, and the data for drawing it with one."""

    shape: Shape
    description: str
    plain: str
    place: tuple[float, float]
    """Place for the words of a mark that do not fit inside the node."""
    attached: tuple[Box, ...]
    """The events on its edge."""


@dataclass(frozen=True)
class _Template:
    """The parts of a diagram that are the same for every case."""

    title: str
    head: str
    background: str
    nodes: tuple[_Node, ...]


@lru_cache(maxsize=256)
def _template(definition: Definition, process: str) -> _Template:
    drawing = next((d for d in definition.drawings if process in d.processes), None)
    if drawing is None:
        raise KeyError(process)
    layout = read_layout(drawing, process)
    lanes = {node.id: node.lane for node in drawing.nodes}
    shapes = [shape for shape in layout.shapes if shape.kind not in outlines.FRAMES]
    shapes.sort(key=lambda shape: shape.kind == "boundaryEvent")  # they overlap other shapes
    free = marks.places(layout)
    attached: dict[str, list[Box]] = defaultdict(list)
    for shape in shapes:
        attached[shape.xml.get("attachedToRef") or ""].append(shape.box)
    nodes = tuple(
        _node(shape, lanes.get(shape.id, ""), free, tuple(attached[shape.id])) for shape in shapes
    )
    return _Template(layout.title, _head(layout), _background(layout), nodes)


def _head(layout: Layout) -> str:
    """Return the opening of the picture, with placeholders for its key and title."""
    box = layout.bounds
    wide, high = box.width + 2 * MARGIN, box.height + 2 * MARGIN
    view = " ".join(number(n) for n in (box.x - MARGIN, box.y - MARGIN, wide, high))
    about = escape(layout.about).replace("{", "{{").replace("}", "}}")
    describes = ' aria-describedby="{key}-desc"' if about else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" lang="es" viewBox="{view}" '
        f'width="{number(wide * SCALE)}" height="{number(high * SCALE)}" role="group" '
        f'aria-labelledby="{{key}}-title"{describes} font-family="{FONT}" fill="{outlines.INK}" '
        'text-anchor="middle"><title id="{key}-title">{title}</title>'
        + (f'<desc id="{{key}}-desc">{about}</desc>' if about else "")
    )


def _background(layout: Layout) -> str:
    """Return pools, lanes, flows and the names of flows: what no case changes."""
    framed = [shape for shape in layout.shapes if shape.kind in outlines.FRAMES]
    names = {shape.id: _name_in_sentences(shape) for shape in layout.shapes}
    frames = "".join(
        f'<g data-element="{escape(shape.id)}">{outlines.frame(shape)}</g>' for shape in framed
    )
    flows = "".join(
        f'<g data-element="{escape(line.id)}">'
        + marks.title_element(
            _flow_title(names.get(line.source, ""), names.get(line.target, ""), line.name)
        )
        + f"{outlines.line(line)}{outlines.outer_name(line.name, line.label)}</g>"
        for line in layout.lines
    )
    return (
        f'<g aria-hidden="true">{frames}'
        f'<g stroke="{outlines.QUIET}" stroke-width="1.5" fill="{outlines.QUIET}">{flows}</g></g>'
    )


def _name_in_sentences(shape: Shape) -> str:
    """Return the name of a node in sentences; joining gateways use the name of their kind."""
    return shape.name or KINDS[kind_of(shape)].lower()


def _flow_title(source: str, target: str, answer: str) -> str:
    way = f"De «{source}» a «{target}»"
    return f"{way}: {answer}" if answer else way


def kind_of(shape: Shape) -> str:
    """Return a key of KINDS for a shape."""
    definitions = {str(child.tag).rpartition("}")[2] for child in shape.xml}
    if shape.kind == "boundaryEvent" and "timerEventDefinition" in definitions:
        return "lapse"
    if "timerEventDefinition" in definitions:
        return "timer"
    if shape.kind == "exclusiveGateway" and not shape.name:
        return "join"
    return shape.kind


def _node(
    shape: Shape, lane: str, free: Mapping[str, tuple[float, float]], attached: tuple[Box, ...]
) -> _Node:
    kind = KINDS[kind_of(shape)]
    description = f"{kind}: {shape.name}" if shape.name else kind
    description = f"{description}. {lane}" if lane else description
    top, bottom = shape.box.y + 4, shape.box.bottom - 4
    marker = ""
    if shape.kind == "callActivity":
        marker, bottom = outlines.call_marker(shape.box.middle[0] - 7, bottom - 14), bottom - 14
    drawn = outlines.outline(shape) + marker + _name(shape, top, bottom)
    plain = _wrapped(shape, description, drawn)
    return _Node(shape, description, plain, free.get(shape.id, shape.box.middle), attached)


def _name(shape: Shape, top: float, bottom: float) -> str:
    """Return a node's name: next to it, or inside it between two heights."""
    if shape.label is not None:
        return outlines.outer_name(shape.name, shape.label, shape.box)
    return "" if marks.is_small(shape) else outlines.inside(shape.name, shape.box, top, bottom)


def _wrapped(shape: Shape, description: str, drawn: str, place: str = "") -> str:
    element = f'data-element="{escape(shape.id)}"{place}'
    title = marks.title_element(description)
    return f'<g class="diagram__node" {element} role="img">{title}{drawn}</g>'


def _marked(node: _Node, mark: Mark, key: str) -> str:
    """Return a node with its mark; with an address it is a link with a frame for the focus."""
    shape, figures = node.shape, ""
    if marks.is_small(shape):
        lines = marks.label_lines(mark, marks.WIDEST)
        drawn = _name(shape, 0, 0) + marks.label(mark, lines, *node.place, marks.HALO)
    else:
        drawn, figures = _task_content(node, mark)
    drawn = outlines.outline(shape, mark.tone.ground, mark.tone.ink, mark.tone.weight) + drawn
    description = mark.title or ". ".join(part for part in (node.description, mark.label) if part)
    place = f' id="{escape(key)}-{escape(shape.id)}"'
    if not figures:
        return _linked(node, mark.url, description, drawn, place) or _wrapped(
            shape, description, drawn, place
        )
    drawn = _linked(node, mark.url, description, drawn) or drawn
    element = f'data-element="{escape(shape.id)}"{place} role="group"'
    title = marks.title_element(node.description)
    return f'<g class="diagram__node" {element}>{title}{drawn}{figures}</g>'


def _linked(node: _Node, url: str, description: str, drawn: str, place: str = "") -> str:
    """Return a node as a link, with the frame that shows its focus; "" without an address."""
    if not url:
        return ""
    box, more = node.shape.box, 5
    ring = (
        f'<rect class="diagram__focus" x="{number(box.x - more)}" y="{number(box.y - more)}" '
        f'width="{number(box.width + 2 * more)}" height="{number(box.height + 2 * more)}" '
        'rx="13" visibility="hidden"/>'
    )
    kind, element = "diagram__link", ""
    if place:
        kind, element = f"diagram__node {kind}", f' data-element="{escape(node.shape.id)}"{place}'
    title = marks.title_element(description)
    return f'<a class="{kind}"{element} href="{escape(url)}">{title}{ring}{drawn}</a>'


def _task_content(node: _Node, mark: Mark) -> tuple[str, str]:
    """Return the name and strip of a task or called process, and separately its figures."""
    box, marker = node.shape.box, ""
    drawn, bottom = strips.strip(mark, box, node.attached)
    if node.shape.kind == "callActivity":
        marker = outlines.call_marker(box.x + 7, box.y + 7)
    name = outlines.inside(node.shape.name, box, box.y + 20, bottom - 3)
    name = f"<g{marks.LINK if mark.url else ''}>{name}</g>{marker}"
    return (name, drawn) if mark.figures else (name + drawn, "")
