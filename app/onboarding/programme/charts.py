"""Pictures of numbers as SVG: bars, columns, and a map of tiles.

Each comes in a wide and a narrow form, of which the style sheet shows one, so that letters stay
letters on a telephone. What a picture tells by a pattern it tells by its number too; colours and
lines come from `programme.css`. All numbers are links to what they count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from app.base import formatting

#: Pixels of the picture in its narrow form (a telephone of 360), and in its wide one.
NARROW, WIDE = 328, 960
#: Where the bars begin in the wide form, whose names stand before them.
NAMES = 376
#: Room for the number behind the longest bar.
NUMBER = 150


@dataclass(frozen=True)
class Bar:
    """A bar with its number, which leads to what it counts.

    `pattern`: solid, striped or open. `said`: the whole of it as a sentence. `reach`: up to where
    a thin line goes on beyond the bar. Without an address it is no link.
    """

    value: int
    url: str
    said: str
    pattern: str = "solid"
    label: str = ""
    reach: int = 0


@dataclass(frozen=True)
class Row:
    """What bars are about: one, or two of different patterns."""

    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Tile:
    """A region on the map: where, what it is called, its number, and its share in percent."""

    column: int
    line: int
    name: str
    short: str
    count: int
    share: int
    url: str
    said: str


Draw = Callable[[bool], tuple[float, float, str]]


def _both(key: str, title: str, about: str, draw: Draw) -> Markup:
    """The picture in its two forms; `draw` gives width, height and content of one."""
    return Markup("").join(
        _framed(f"{key}-{form}", form, title, about, draw(form == "wide"))
        for form in ("wide", "narrow")
    )


def _framed(key: str, form: str, title: str, about: str, drawn: tuple[float, float, str]) -> Markup:
    width, height, content = drawn
    content = content.replace("url(#", f"url(#{key}-")
    return Markup(  # noqa: S704 — texts were escaped where they were written
        f'<svg class="chart chart--{form}" viewBox="0 0 {width:g} {height:g}" role="group" '
        f'aria-labelledby="{key}-title" aria-describedby="{key}-about">'
        f'<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-about">{escape(about)}</desc>'
        f'<defs><pattern id="{key}-stripes" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="chart__ground" width="6" height="6"/>'
        '<path class="chart__stripe" d="M1.5 0v6"/></pattern></defs>'
        f"{content}</svg>"
    )


def _link(url: str, said: str, box: tuple[float, float, float, float], content: str) -> str:
    """What leads to a list, with a frame that shows the focus; without an address, as it is."""
    tip = f"<title>{escape(said)}</title>"
    if not url:
        return f'<g role="img" aria-label="{escape(said)}">{tip}{content}</g>'
    x, y, width, height = box
    ring = (
        f'<rect class="chart__focus" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        'rx="3"/>'
    )
    return f'<a class="chart__link" href="{escape(url)}">{tip}{ring}{content}</a>'


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    names = "chart__text" + (f" chart__text--{kind}" if kind else "")
    return f'<text class="{names}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


# Bars -----------------------------------------------------------------------------------------

THICK = 16


def bars(key: str, title: str, about: str, rows: Sequence[Row]) -> Markup:
    """Bars that lie, a row under the other; `key` is that of this picture alone on its page."""
    most = max((max(bar.value, bar.reach) for row in rows for bar in row.bars), default=0) or 1
    return _both(key, title, about, lambda wide: _bars(rows, most, wide=wide))


def _bars(rows: Sequence[Row], most: int, *, wide: bool) -> tuple[float, float, str]:
    width, begin = (WIDE, NAMES) if wide else (NARROW, 0)
    longest = width - begin - NUMBER
    parts: list[str] = []
    y = 4.0
    for row in rows:
        parts.append(_text(0, y + 13, row.name, "" if wide else "small"))
        if not wide:
            y += 20
        for bar in row.bars:
            parts.append(_bar(bar, begin, y, longest / most))
            y += THICK + 6
        y += 8
    return width, y, "".join(parts)


def _bar(bar: Bar, x: float, y: float, unit: float) -> str:
    length = max(bar.value * unit, 2 if bar.value else 0)
    drawn = ""
    if bar.value:
        drawn = _shape(bar.pattern, x, y, length, THICK)
    end = max(length, bar.reach * unit)
    if bar.reach:
        middle = y + THICK / 2
        drawn += (
            f'<path class="chart__reach" d="M{x + length:g} {middle:g}H{x + end:g}'
            f'M{x + end:g} {y + 2:g}v{THICK - 4:g}"/>'
        )
    drawn += _text(x + end + 6, y + 13, bar.label or formatting.number(bar.value), "number")
    return _link(bar.url, bar.said, (x - 3, y - 3, end + 60, THICK + 6), drawn)


def _shape(pattern: str, x: float, y: float, width: float, height: float) -> str:
    fill = ' fill="url(#stripes)"' if pattern == "striped" else ""
    return (
        f'<rect class="chart__bar chart__bar--{pattern}"{fill} x="{x:g}" y="{y:g}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )


def stacked(parts: Sequence[tuple[str, int]]) -> Markup:
    """A small bar for a row of a table, whose numbers say the same: (pattern, count)."""
    total = sum(count for _, count in parts) or 1
    x, drawn = 0.0, []
    for pattern, count in parts:
        width = 100 * count / total
        if count:
            drawn.append(
                f'<rect class="chart__bar chart__bar--{pattern}" x="{x:.2f}" y="1" '
                f'width="{width:.2f}" height="10"/>'
            )
        x += width
    return Markup(  # noqa: S704 — numbers alone
        '<svg class="share" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{"".join(drawn)}</svg>'
    )


# Columns --------------------------------------------------------------------------------------

HIGH = 180
#: Room at both ends, and between two numbers that stand over each other.
EDGE, LINE = 8, 14


def columns(key: str, title: str, about: str, rows: Sequence[Row]) -> Markup:
    """Columns that stand side by side, the last of `rows` first; lying bars where it is narrow."""
    most = max((bar.value for row in rows for bar in row.bars), default=0) or 1
    return _both(
        key,
        title,
        about,
        lambda wide: _columns(rows[::-1], most) if wide else _lying(rows, most),
    )


def _columns(rows: Sequence[Row], most: int) -> tuple[float, float, str]:
    slot = (WIDE - 2 * EDGE) / max(len(rows), 1)
    ground = HIGH + 36
    parts = [f'<path class="chart__axis" d="M0 {ground:g}H{WIDE:g}"/>']
    for number, row in enumerate(rows):
        left = EDGE + number * slot
        parts += _column(row, left, slot, ground, HIGH / most)
        if (len(rows) - 1 - number) % 2 == 0:
            parts.append(_text(left + slot / 2, ground + 18, row.name, "middle"))
    return WIDE, ground + 26, "".join(parts)


def _column(row: Row, left: float, slot: float, ground: float, unit: float) -> Iterator[str]:
    """The columns of a row; where two are about as high, the number of one stands higher."""
    wide = (slot - 6) / max(len(row.bars), 1)
    before = 0.0
    for place, bar in enumerate(row.bars):
        if bar.value:
            x, high = left + 3 + place * wide, max(bar.value * unit, 2)
            label = ground - high - 5
            if before and abs(label - before) < LINE:
                label = before - LINE
            before = label
            drawn = _shape(bar.pattern, x, ground - high, wide - 1, high)
            drawn += _text(x + wide / 2, label, formatting.number(bar.value), "column")
            box = (x - 2, label - 14, wide + 3, ground - label + 16)
            yield _link(bar.url, bar.said, box, drawn)


def _lying(rows: Sequence[Row], most: int) -> tuple[float, float, str]:
    begin, y, parts = 58, 4.0, []
    unit = (NARROW - begin - 60) / most
    for row in rows:
        parts.append(_text(0, y + 13, row.name, "small"))
        shown = [bar for bar in row.bars if bar.value]
        for bar in shown:
            parts.append(_bar(bar, begin, y, unit))
            y += THICK + 4
        y += 4 if shown else THICK + 8
    return NARROW, y, "".join(parts)


# A map ----------------------------------------------------------------------------------------


def tiles(key: str, title: str, about: str, regions: Sequence[Tile]) -> Markup:
    """A square per region at about its place, with a gauge full as far as its share goes."""
    return _both(key, title, about, lambda wide: _tiles(regions, wide=wide))


def _tiles(regions: Sequence[Tile], *, wide: bool) -> tuple[float, float, str]:
    across = max(tile.column for tile in regions) + 1
    down = max(tile.line for tile in regions) + 1
    side = 116.0 if wide else NARROW / across
    parts = [_tile(tile, side, wide=wide) for tile in regions]
    return side * across, side * down, "".join(parts)


def _tile(tile: Tile, side: float, *, wide: bool) -> str:
    """A square with its words, and at its left a gauge that is full as far as the share goes."""
    x, y, inner = tile.column * side + 2, tile.line * side + 2, side - 4
    gauge, form = (9, "wide") if wide else (6, "small")
    level = inner * tile.share / 100
    middle, step = x + (inner + gauge) / 2, inner / 3
    drawn = (
        f'<rect class="chart__tile" x="{x:g}" y="{y:g}" width="{inner:g}" height="{inner:g}"/>'
        f'<path class="chart__edge" d="M{x + gauge:g} {y:g}v{inner:g}"/>'
        f'<rect class="chart__level" x="{x:g}" y="{y + inner - level:.1f}" width="{gauge}" '
        f'height="{level:.1f}"/>'
        + _text(middle, y + step * 0.72, tile.name if wide else tile.short, f"tile-{form}")
        + _text(middle, y + step * 1.72, formatting.number(tile.count), f"count-{form}")
        + _text(middle, y + step * 2.66, f"{tile.share} %", f"tile-{form}")
    )
    return _link(tile.url, tile.said, (x - 1, y - 1, inner + 2, inner + 2), drawn)
