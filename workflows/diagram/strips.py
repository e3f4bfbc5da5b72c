"""The strip at the bottom of a task: a state's icon and words, or numbers that are links."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from workflows.diagram.layout import Box
from workflows.diagram.marks import (
    DOT,
    GAP,
    GLYPH,
    LINK,
    PLAIN,
    Figure,
    Mark,
    label,
    label_lines,
    title_element,
)
from workflows.diagram.text_lines import BOLDER, LABEL, draw_lines, height_of, number, width_of

STRIP = 6.0
EDGE = 4.0
"""Free space at the sides of words in a strip; above and below together where it is low."""


def strip(mark: Mark, box: Box, attached: Sequence[Box]) -> tuple[str, float]:
    """Return the strip at the bottom of a task with its mark, and the height where it begins.

    The words avoid the events attached to the lower edge: they stand next to them, or above them
    where that takes less of the task or they do not fit next to them.
    """
    room = _Room.of(box, attached)
    if mark.figures:
        return _figures(mark.figures, room)
    lines = label_lines(mark, room.width - 2 * EDGE)
    if not lines:
        return "", box.bottom
    top = box.bottom - height_of(lines, LABEL) - 2 * STRIP
    fits = _mark_width(mark, lines) <= room.width - EDGE
    above, last = room.split(mark)
    higher = room.events_top - height_of(above, LABEL) - EDGE
    if room.is_whole or (fits and top >= higher):
        return room.rule(top, mark.tone.ink) + label(mark, lines, room.middle, top + STRIP), top
    words = label(mark, above, box.middle[0], higher + EDGE - 1)
    if last:
        style = f' fill="{mark.tone.ink}" font-weight="600"'
        low = box.bottom - STRIP - height_of((last,), LABEL)
        words += draw_lines((last,), room.middle, low, LABEL, style)
    return room.rule(higher, mark.tone.ink) + words, higher


def _mark_width(mark: Mark, lines: Sequence[str]) -> float:
    """Return the width of a mark, with its icon."""
    wide = max((width_of(line, LABEL) for line in lines), default=0) * BOLDER
    return wide + (GLYPH + GAP if mark.state else 0)


class _Room(NamedTuple):
    """Room for words in a task: the widest stretch of its lower edge, and above events."""

    box: Box
    begin: float
    end: float
    events_top: float

    @classmethod
    def of(cls, box: Box, attached: Sequence[Box]) -> _Room:
        events = [event for event in attached if event.y < box.bottom < event.bottom]
        top = min((event.y for event in events), default=box.bottom)
        return cls(box, *_widest(box, events), top)

    @property
    def width(self) -> float:
        return self.end - self.begin

    @property
    def is_whole(self) -> bool:
        """Whether no event is attached to the lower edge."""
        return self.width == self.box.width

    @property
    def middle(self) -> float:
        return (self.begin + self.end) / 2

    def split(self, mark: Mark) -> tuple[tuple[str, ...], str]:
        """Return the lines above the events, and one line that still fits next to them."""
        lines = label_lines(mark, self.box.width - 2 * EDGE)
        fits = width_of(lines[-1], LABEL) * BOLDER <= self.width - 2 * EDGE
        return (lines[:-1], lines[-1]) if len(lines) > 1 and fits else (lines, "")

    def rule(self, y: float, ink: str) -> str:
        """Return the line on which the strip begins."""
        way = f"M{number(self.box.x)} {number(y)}h{number(self.box.width)}"
        return f'<path d="{way}" stroke="{ink}"/>'


def _figures(figures: Sequence[Figure], room: _Room) -> tuple[str, float]:
    """Return numbers side by side, each in a touchable part of the strip."""
    widths = [width_of(one.text, LABEL) * BOLDER for one in figures]
    dot = width_of(DOT, LABEL) * BOLDER
    wide = sum(widths) + dot * (len(figures) - 1)
    high = height_of(("",), LABEL)
    begin, end, bottom, air = room.begin, room.end, room.box.bottom, STRIP
    if wide > room.width - 2 * EDGE:
        begin, end, bottom, air = room.box.x, room.box.right, room.events_top, EDGE / 2
    top = bottom - high - 2 * air
    x, left, drawn = (begin + end - wide) / 2, begin, ""
    for place, (one, width) in enumerate(zip(figures, widths, strict=True)):
        right = end if one is figures[-1] else x + width + dot / 2
        if place:
            drawn += draw_lines(("·",), left, top + air, LABEL)
        drawn += _figure(one, Box(left, top, right - left, bottom - top), x + width / 2, top + air)
        x, left = x + width + dot, right
    return room.rule(top, PLAIN.ink) + drawn, top


def _figure(one: Figure, cell: Box, x: float, top: float) -> str:
    weight = ' font-weight="600"'
    if not one.url:
        text = draw_lines((one.text,), x, top, LABEL, weight)
        return f'<g role="img">{title_element(one.title)}{text}</g>'
    place = f'x="{number(cell.x)}" y="{number(cell.y)}" width="{number(cell.width)}" '
    place += f'height="{number(cell.height)}"'
    return (
        f'<a class="diagram__link" href="{escape(one.url)}">{title_element(one.title)}'
        f'<rect class="diagram__focus" {place} rx="3" visibility="hidden"/>'
        f'<rect {place} fill="none" pointer-events="all"/>'
        + draw_lines((one.text,), x, top, LABEL, weight + LINK)
        + "</a>"
    )


def _widest(box: Box, on_edge: Sequence[Box]) -> tuple[float, float]:
    """Return the widest stretch of a task's lower edge without an attached event."""
    events = sorted((event.x, event.right) for event in on_edge)
    begins = [box.x, *(right for _, right in events)]
    ends = [*(left for left, _ in events), box.right]
    return max(zip(begins, ends, strict=True), key=lambda stretch: stretch[1] - stretch[0])
