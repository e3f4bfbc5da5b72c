"""A diagram's picture: boxes, lines and labels, read from its layout (BPMN DI)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree

FOLDER = Path(__file__).parents[2] / "bpmn"
DIAGRAMS = sorted(FOLDER.glob("*.bpmn"))
TABLES = sorted(FOLDER.glob("*.dmn"))
FRAMES = frozenset({"participant", "lane", "subProcess"})
TASKS = frozenset({"userTask", "serviceTask", "callActivity"})


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels; y grows downwards."""

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

    def near(self, other: Box, margin: float = 0) -> bool:
        """Return whether they overlap or come closer than `margin`."""
        return (
            self.x - margin < other.right
            and other.x - margin < self.right
            and self.y - margin < other.bottom
            and other.y - margin < self.bottom
        )

    def within(self, other: Box, margin: float = 0) -> bool:
        """Return whether it lies inside the other, at least `margin` from its edges."""
        return (
            self.x >= other.x + margin
            and self.y >= other.y + margin
            and self.right <= other.right - margin
            and self.bottom <= other.bottom - margin
        )

    def shrunk(self, by: float) -> Box:
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


Segment = tuple[tuple[float, float], tuple[float, float]]


def box_of(segment: Segment) -> Box:
    """Return a segment of a flow as a box without thickness."""
    (x1, y1), (x2, y2) = segment
    return Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


@dataclass
class Picture:
    """A diagram as drawn; every key is an element's id."""

    kinds: dict[str, str] = field(default_factory=dict)
    """The BPMN tag."""
    holders: dict[str, str] = field(default_factory=dict)
    """The process or sub-process that contains an element."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Boundary event -> activity."""
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Flow -> its source and its target."""
    lanes: dict[str, str] = field(default_factory=dict)
    """Flow node -> lane."""
    shapes: dict[str, Box] = field(default_factory=dict)
    frames: dict[str, Box] = field(default_factory=dict)
    """Pools, lanes and expanded sub-processes."""
    labels: dict[str, Box] = field(default_factory=dict)
    lines: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def segments(self, flow: str) -> Iterator[Segment]:
        yield from pairwise(self.lines[flow])

    def of_kind(self, kind: str) -> dict[str, Box]:
        return {key: box for key, box in self.frames.items() if self.kinds[key] == kind}


def read(file: Path) -> Picture:
    """Return the picture of a .bpmn file."""
    root = etree.parse(file).getroot()
    picture = Picture()
    for element in root.iter("{*}process", "{*}participant", "{*}lane", "{*}flowNodeRef"):
        if element.get("id"):
            picture.kinds[element.get("id")] = etree.QName(element).localname
        else:
            picture.lanes[element.text] = element.getparent().get("id")
    for container in root.iter("{*}process", "{*}subProcess"):
        for element in container.iterchildren(etree.Element):
            if element.get("id"):
                _read_node(picture, element, container.get("id"))
    for drawn in root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        _read_drawn(picture, drawn)
    return picture


def _read_node(picture: Picture, element: Any, container: str) -> None:
    key = element.get("id")
    picture.kinds[key] = etree.QName(element).localname
    picture.holders[key] = container
    if element.get("attachedToRef"):
        picture.hosts[key] = element.get("attachedToRef")
    if element.get("sourceRef"):
        picture.ends[key] = element.get("sourceRef"), element.get("targetRef")


def _read_drawn(picture: Picture, drawn: Any) -> None:
    key = drawn.get("bpmnElement")
    if etree.QName(drawn).localname == "BPMNEdge":
        points = drawn.iterfind("{*}waypoint")
        picture.lines[key] = [(float(p.get("x")), float(p.get("y"))) for p in points]
    else:
        frame = picture.kinds[key] in FRAMES
        (picture.frames if frame else picture.shapes)[key] = _box(drawn.find("{*}Bounds"))
    label = drawn.find("{*}BPMNLabel/{*}Bounds")
    if label is not None:
        picture.labels[key] = _box(label)


def _box(bounds: Any) -> Box:
    return Box(*(float(bounds.get(name)) for name in ("x", "y", "width", "height")))
