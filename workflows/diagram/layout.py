"""The positions of everything in a drawn process: boxes, lines and labels, from its BPMN DI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from workflows.drawing import BPMN, DC, DD, DI, Drawing, local_name

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, in units of the drawing; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def within(self, other: Box) -> bool:
        """Return whether this box lies inside the other."""
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def meets(self, other: Box) -> bool:
        """Return whether the boxes overlap."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True)
class Shape:
    """An element drawn as a box of some form.

    `label` is the place of its name outside the box, or None where the name stands inside.
    """

    id: str
    kind: str
    """The BPMN tag."""
    name: str
    box: Box
    label: Box | None
    xml: etree._Element


@dataclass(frozen=True)
class Line:
    """An element drawn as a line from its source to its target."""

    id: str
    kind: str
    name: str
    points: tuple[Point, ...]
    label: Box | None
    source: str
    target: str
    is_default: bool


@dataclass(frozen=True)
class Layout:
    """A process as drawn. Shapes come in the order of the file, which is the reading order."""

    title: str
    about: str
    """The purpose of the process, from its documentation; "" without one."""
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    bounds: Box

    def segments(self) -> Iterator[Box]:
        """Yield each segment of each line as a box without thickness."""
        for line in self.lines:
            for (x1, y1), (x2, y2) in pairwise(line.points):
                yield Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


def read_layout(drawing: Drawing, process: str) -> Layout:
    """Return the layout of a process of a drawing, with its pool."""
    elements = _of_process(drawing, process)
    drawn = {shape.get("bpmnElement"): shape for shape in drawing.root.iter(f"{{{DI}}}BPMNShape")}
    edges = {edge.get("bpmnElement"): edge for edge in drawing.root.iter(f"{{{DI}}}BPMNEdge")}
    shapes = tuple(_shape(elements[key], drawn[key]) for key in elements if key in drawn)
    lines = tuple(_line(elements[key], edges[key], elements) for key in elements if key in edges)
    about = drawing.root.findtext(f"{{{BPMN}}}process[@id='{process}']/{{{BPMN}}}documentation")
    return Layout(
        drawing.processes[process], (about or "").strip(), shapes, lines, _around(shapes, lines)
    )


def _of_process(drawing: Drawing, process: str) -> dict[str, etree._Element]:
    """Return the elements that belong to a process by id, its pool and lanes first."""
    found: dict[str, etree._Element] = {}
    for pool in drawing.root.iter(f"{{{BPMN}}}participant"):
        if pool.get("processRef") == process:
            found[pool.get("id") or ""] = pool
    for root in drawing.root.iterfind(f"{{{BPMN}}}process"):
        if root.get("id") == process:
            inside = [one for one in root.iter() if one is not root and one.get("id")]
            lanes = [one for one in inside if local_name(one) == "lane"]
            found |= {one.get("id") or "": one for one in (*lanes, *inside)}
    return found


def _shape(element: etree._Element, drawn: etree._Element) -> Shape:
    bounds = _box(drawn.find(f"{{{DC}}}Bounds"))
    if bounds is None:
        bounds = Box(0, 0, 0, 0)
    kind, key = local_name(element), element.get("id") or ""
    text = element.findtext(f"{{{BPMN}}}text") if kind == "textAnnotation" else element.get("name")
    return Shape(key, kind, (text or "").strip(), bounds, _label_of(drawn), element)


def _line(
    element: etree._Element, drawn: etree._Element, elements: Mapping[str, etree._Element]
) -> Line:
    points = tuple(
        (float(point.get("x") or 0), float(point.get("y") or 0))
        for point in drawn.iterfind(f"{{{DD}}}waypoint")
    )
    source, key = element.get("sourceRef") or "", element.get("id") or ""
    from_ = elements.get(source)
    return Line(
        key,
        local_name(element),
        element.get("name") or "",
        points,
        _label_of(drawn),
        source,
        element.get("targetRef") or "",
        from_ is not None and from_.get("default") == key,
    )


def _label_of(drawn: etree._Element) -> Box | None:
    return _box(drawn.find(f"{{{DI}}}BPMNLabel/{{{DC}}}Bounds"))


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    x, y, width, height = (float(bounds.get(name) or 0) for name in ("x", "y", "width", "height"))
    return Box(x, y, width, height)


def _around(shapes: Iterable[Shape], lines: Iterable[Line]) -> Box:
    """Return the smallest box around all shapes and lines."""
    boxes = [box for shape in shapes for box in (shape.box, shape.label) if box]
    points = [point for line in lines for point in line.points]
    left = min([box.x for box in boxes] + [x for x, _ in points], default=0)
    top = min([box.y for box in boxes] + [y for _, y in points], default=0)
    right = max([box.right for box in boxes] + [x for x, _ in points], default=0)
    bottom = max([box.bottom for box in boxes] + [y for _, y in points], default=0)
    return Box(left, top, right - left, bottom - top)
