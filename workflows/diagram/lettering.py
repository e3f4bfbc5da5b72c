"""How wide text is, where its lines break, and how it is written into a diagram.

A server has no font to ask, so the widths of Inter's letters stand here, in thousandths of the
size. Where a reader has another font, lines are a little shorter or longer, never broken anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

NAME, LABEL = 11.5, 10.5
"""Sizes of the letters inside of shapes and beside them, in units of the drawing: so that Inter
takes about the room of the narrower letters of modellers, for which diagrams are laid out."""
LINE = 1.2
"""From line to line, by the size."""

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
"""How much wider the letters of marks are, which are heavier."""


def width_of(text: str, size: float) -> float:
    """How wide a line is."""
    return sum(_WIDTHS.get(letter, _OTHER) for letter in text) * size / 1000


def wrapped(text: str, size: float, most: float) -> tuple[str, ...]:
    """The text in lines of at most this width, broken at spaces and after hyphens.

    A word that is too long for a line stays whole, and so does what a no-break space joins.
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


def written(lines: Sequence[str], x: float, top: float, size: float, attributes: str = "") -> str:
    """Lines at x (centred there, where `attributes` says nothing else), from `top` down."""
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
    """How high lines are together."""
    return len(lines) * size * LINE


def number(value: float) -> str:
    """A length as short as it can be written, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
