"""Marks at the nodes of a diagram: a state's icon and word, a number, a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from workflows.diagram.layout import Box, Layout, Shape
from workflows.diagram.outlines import EVENTS, FRAMES, outer_lines
from workflows.diagram.text_lines import (
    BOLDER,
    LABEL,
    LINE,
    draw_lines,
    height_of,
    number,
    width_of,
    wrap_lines,
)

#: The icon of each state on 16 × 16; pages draw the same icons.
STATE_ICONS: Mapping[str, str] = {
    "not_yet": '<circle cx="8" cy="8" r="6" stroke-dasharray="2 2.7"/>',
    "pending": '<circle cx="8" cy="8" r="6"/>',
    "draft": '<circle cx="8" cy="8" r="6"/><path class="solid" d="M8 2a6 6 0 0 1 0 12z"/>',
    "filed": '<path d="M8 10.5V2M4.5 5.5 8 2l3.5 3.5M2 10.5V14h12v-3.5"/>',
    "in_review": '<circle cx="7" cy="7" r="5"/><path d="m10.8 10.8 3.7 3.7"/>',
    "observed": '<path d="M8 2 1.5 14h13zM8 6.5V10M8 11.5v1"/>',
    "corrected": '<path d="M3 6h7a4 4 0 0 1 0 8H6M6 3 3 6l3 3"/>',
    "accepted": '<circle class="solid" cx="8" cy="8" r="7"/>'
    '<path class="cut" d="m4.5 8.2 2.5 2.5 4.5-5"/>',
    "not_presented": '<path d="m3 3 10 10M13 3 3 13"/>',
    "lapsed": '<path d="M3 2h10M3 14h10M4.5 2l7 12M11.5 2l-7 12"/>',
    "out_of_scope": '<circle cx="8" cy="8" r="6"/><path d="m4 12 8-8"/>',
    "validated": '<path d="m1.5 8.5 3 3 5.5-7M7.5 11l.5.5 6.5-7"/>',
    "awaiting_date": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>',
    "suspended": '<path d="M5.5 3v10M10.5 3v10"/>',
    "cancelled": '<circle cx="8" cy="8" r="6"/><path d="m5.5 5.5 5 5M10.5 5.5l-5 5"/>',
}

#: The icon of each kind of change between two versions.
CHANGE_ICONS: Mapping[str, str] = {
    "added": '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5v7M4.5 8h7"/>',
    "removed": '<rect x="1.5" y="1.5" width="13" height="13"/>'
    '<path d="m4.5 4.5 7 7M11.5 4.5l-7 7"/>',
    "changed": '<path d="M8 1.5 14.5 8 8 14.5 1.5 8zM5 8h6"/>',
}
ICONS: Mapping[str, str] = {**STATE_ICONS, **CHANGE_ICONS}


@dataclass(frozen=True)
class Tone:
    """The colours of a state; its icon and word say the same without colour."""

    ink: str
    ground: str
    weight: float = 1.5
    """Width of the outline."""


QUIET = Tone("#57544f", "#fff", 1)
OPEN = Tone("#0b4f8a", "#e9f1f8", 3)
DONE = Tone("#1d6b2f", "#f1f8f3")
WARNING = Tone("#8a5300", "#fff3d6", 3)
LATE = Tone("#9e2b25", "#fbe9e7", 2.5)
PLAIN = Tone("#1d1d1b", "#fff")

TONES: Mapping[str, Tone] = {
    "not_yet": QUIET,
    "out_of_scope": QUIET,
    "cancelled": QUIET,
    "suspended": WARNING,
    "awaiting_date": OPEN,
    "pending": OPEN,
    "draft": OPEN,
    "filed": OPEN,
    "in_review": OPEN,
    "corrected": OPEN,
    "observed": WARNING,
    "not_presented": LATE,
    "lapsed": LATE,
    "accepted": DONE,
    "validated": DONE,
    "": PLAIN,
}
#: Of changes.
CHANGE_TONES: Mapping[str, Tone] = {
    "added": Tone("#1d6b2f", "#f1f8f3", 3),
    "removed": LATE,
    "changed": WARNING,
}


class Figure(NamedTuple):
    """A number at a task, with its unit; with an address it links to what it counts."""

    text: str
    url: str
    #: The figure as a sentence.
    title: str


@dataclass(frozen=True)
class Mark:
    """A mark at a node.

    `state`: a key of ICONS, or "" for none; its icon and `label` say the state. `label`: a
    few words or a number, drawn at the node. `url`: the node becomes a link. `title`: the whole
    mark as a sentence, for screen readers and as a tooltip. `figures`: numbers at a task in place
    of a label, each with its own link; `url` is then the link of its name.

    Raises ValueError for an unknown state, and for a state without a label.
    """

    state: str = ""
    label: str = ""
    url: str = ""
    title: str = ""
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        if self.state and self.state not in ICONS:
            raise ValueError(f"no such state: {self.state}")
        if self.state and not self.label:
            raise ValueError("a state is named by a word, never by its icon and colour alone")

    @property
    def tone(self) -> Tone:
        return CHANGE_TONES[self.state] if self.state in CHANGE_TONES else TONES[self.state]


#: Separator between the parts of a label.
DOT = " · "
GLYPH = 13.0
GAP = 4.0


def form(state: str, x: float, y: float, ink: str, size: float = GLYPH) -> str:
    """Return a state's icon with its upper left corner at a point; "" for no state."""
    if not state:
        return ""
    drawn = ICONS[state].replace('class="solid"', f'fill="{ink}"')
    drawn = drawn.replace('class="cut"', 'stroke="#fff"')
    place = f"translate({number(x)} {number(y)}) scale({number(size / 16)})"
    return (
        f'<g transform="{place}" fill="none" stroke="{ink}" stroke-width="1.9" '
        f'stroke-linecap="round" stroke-linejoin="round">{drawn}</g>'
    )


def label_lines(mark: Mark, most: float) -> tuple[str, ...]:
    """Return the lines of a mark's label, leaving room for its icon; lines break at dots first."""
    room = (most - (GLYPH + GAP if mark.state else 0)) / BOLDER
    lines: list[str] = []
    for part in mark.label.split(DOT):
        joined = f"{lines[-1]}{DOT}{part}" if lines else part
        if lines and width_of(joined, LABEL) <= room:
            lines[-1] = joined
        else:
            lines += wrap_lines(part, LABEL, room)
    return tuple(lines)


def label(mark: Mark, lines: Sequence[str], x: float, top: float, edge: str = "") -> str:
    """Return a mark's icon and words, centred on x, from `top` down.

    `edge` adds style to the words.
    """
    ink, room = mark.tone.ink, GLYPH + GAP if mark.state else 0
    wide = max((width_of(line, LABEL) for line in lines), default=0) * BOLDER
    begin = x - (wide + room) / 2
    # The underline of a link would lie below such an edge.
    style = LINK if mark.url and not mark.state else f' fill="{ink}"{edge}'
    style += ' font-weight="600"'
    text = draw_lines(lines, begin + room + wide / 2, top, LABEL, style)
    return form(mark.state, begin, top + (LABEL * LINE - GLYPH) / 2, ink) + text


LINK = ' fill="#0b4f8a" text-decoration="underline"'
#: A white edge keeps words outside a shape readable where a line runs behind them.
HALO = ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
ROOM = Box(0, 0, 104, LABEL * LINE + 3)
WIDEST = 122.0
"""Width of a line of words outside a shape: they may be a little wider than the room sought."""


def places(layout: Layout) -> dict[str, tuple[float, float]]:
    """Return the place of the mark of each event and gateway: the middle of its upper edge.

    It is the first free place below, above and next to shape and name; below, if none is free.
    """
    taken = [shape.box for shape in layout.shapes if shape.kind not in FRAMES]
    taken += [box for shape in layout.shapes if (box := name_box(shape.name, shape.label))]
    taken += [box for line in layout.lines if (box := name_box(line.name, line.label))]
    taken += [Box(s.x - 2, s.y - 2, s.width + 4, s.height + 4) for s in layout.segments()]
    found: dict[str, tuple[float, float]] = {}
    for shape in layout.shapes:
        if is_small(shape):
            known = list(_candidates(shape))
            free = (
                box
                for box in known
                if box.within(layout.bounds) and not any(box.meets(other) for other in taken)
            )
            place = next(free, known[0])
            found[shape.id] = place.middle[0], place.y
            taken.append(place)
    return found


def is_small(shape: Shape) -> bool:
    """Return whether it is an event or a gateway, which has no room for words."""
    return shape.kind in EVENTS or shape.kind.endswith("Gateway")


def name_box(name: str, label: Box | None) -> Box | None:
    """Return the box of a name outside its shape."""
    if not name or label is None:
        return None
    lines = outer_lines(name, label)
    wide = max(width_of(line, LABEL) for line in lines)
    return Box(label.middle[0] - wide / 2, label.y, wide, height_of(lines, LABEL))


def _candidates(shape: Shape) -> Iterator[Box]:
    """Yield places below and above shape and name; for events, at their corners too."""
    name = name_box(shape.name, shape.label) or shape.box
    lower, upper = (name, shape.box) if name.y >= shape.box.y else (shape.box, name)
    wide, high = ROOM.width, ROOM.height
    for box in (lower, name, shape.box):
        yield Box(box.middle[0] - wide / 2, box.bottom + 1, wide, high)
    for box in (upper, name, shape.box):
        yield Box(box.middle[0] - wide / 2, box.y - high - 1, wide, high)
    if shape.kind in EVENTS:
        for y in (shape.box.y - high - 2, shape.box.bottom + 2):
            yield Box(shape.box.right + 4, y, wide, high)
            yield Box(shape.box.x - wide - 4, y, wide, high)


def title_element(text: str) -> str:
    """Return a title element, for screen readers and as a tooltip."""
    return f"<title>{escape(text)}</title>"
