"""The width of text, its line breaks, and its SVG in a diagram.

A server has no font to measure, so this module holds the widths of Inter's letters, in thousandths
of the font size. With another font a reader's lines are a little shorter or longer, but break at
the same places.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

NAME, LABEL = 11.5, 10.5
"""Font sizes inside shapes and next to them, in units of the drawing.

At these sizes Inter takes about the room of the narrower letters for which modellers lay out
diagrams.
"""
LINE = 1.2
"""Line height, in font sizes."""

_WIDTHS = {
    letter: width
    for width, letters in (
        (240, "ijlí"), (280, " \xa0IÍ!,.:¡·';"), (340, "t|`"), (360, "()/[\\]fr"), (420, "1{}ª"),
        (470, '-_°"^º'), (505, "*–?¿"), (530, "s"), (555, "kxzLavyá"), (575, "7Jceé«»"),
        (595, "5Fhnuúüñ"), (605, "EoóÉ2bdgpq"), (625, "3689#0Z"), (645, "$&PRS4BT"),
        (670, "+<=>~×KXY"), (690, "AVÁ"), (735, "DCHUÚÜ"), (755, "GNÑOQÓ"), (820, "w"),
        (880, "m…M"), (980, "@%W"),
    )
    for letter in letters
}  # fmt: skip
_OTHER = 640
BOLDER = 1.035
"""How much wider the letters of marks are, because they are heavier."""


def width_of(text: str, size: float) -> float:
    """Return the width of a line."""
    return sum(_WIDTHS.get(letter, _OTHER) for letter in text) * size / 1000


def wrap_lines(text: str, size: float, most: float) -> tuple[str, ...]:
    """Return the text in lines of at most this width, broken at spaces and after hyphens.

    A word that is too long for a line stays whole, and so does text joined by a no-break space.
    """
    lines: list[str] = []
    line = ""
    for part in re.findall(r"[ \n\t]*[^ \n\t-]*-?", text):
        if line.strip() and width_of((line + part).strip(), size) > most:
            lines.append(line.strip())
            line = ""
        line += part
    lines.append(line.strip())
    return tuple(one for one in lines if one)


def draw_lines(
    lines: Sequence[str], x: float, top: float, size: float, attributes: str = ""
) -> str:
    """Return lines at x (centred unless `attributes` says otherwise), from `top` down."""
    y = top + size * 0.93
    if len(lines) == 1:
        place = f'x="{number(x)}" y="{number(y)}"'
        return f'<text {place} font-size="{number(size)}"{attributes}>{escape(lines[0])}</text>'
    spans = "".join(
        f'<tspan x="{number(x)}" y="{number(y + place * size * LINE)}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text font-size="{number(size)}"{attributes}>{spans}</text>' if lines else ""


def height_of(lines: Sequence[str], size: float) -> float:
    """Return the total height of the lines."""
    return len(lines) * size * LINE


def number(value: float) -> str:
    """Return a length in its shortest notation, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
