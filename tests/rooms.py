"""The rooms of the application as a picture, created from the import contract in pyproject.toml.

`python -m tests.rooms` prints it as SVG; `make docs` writes it to docs/pictures/rooms.svg.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from xml.sax.saxutils import escape

from tests.tree import ROOT, tracked

WIDTH, HEIGHT, GAP = 960, 94, 14
STYLE = (
    "text{font-family:sans-serif;fill:#1d1d1b}.n{font-size:18px;font-weight:bold}"
    ".e{font-size:13px;fill:#444}rect{fill:#f3f2f1;stroke:#505a5f}path{stroke:#505a5f;fill:none}"
)


def layers() -> list[list[str]]:
    """Return the rooms by layer, the highest first, as the contract orders them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    rooms = next(one for one in contracts["contracts"] if one.get("containers") == ["app"])
    return [[name.strip() for name in layer.split("|")] for layer in rooms["layers"]]


def entries(room: str) -> list[str]:
    """Return what a room holds: its modules and packages, in order."""
    names = {path.split("/")[2].removesuffix(".py") for path in tracked(f"app/{room}/")}
    return sorted(names - {"__init__"})


def wrapped(words: list[str], most: int) -> Iterator[str]:
    """Yield lines of words with at most `most` characters each."""
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > most:
            yield line
            line = ""
        line = f"{line} · {word}" if line else word
    if line:
        yield line


def box(room: str, left: float, top: float, width: float) -> str:
    """Return the box of a room, as SVG."""
    lines = wrapped(entries(room), round(width / 7.2))
    texts = "".join(
        f'<text class="e" x="{left + 14:g}" y="{top + 46 + 18 * place:g}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{HEIGHT}" rx="6"/>'
        f'<text class="n" x="{left + 14:g}" y="{top + 26:g}">{escape(room)}</text>{texts}'
    )


def picture() -> str:
    """Return the picture: a row per layer, each above those that it may import."""
    rows = layers()
    height = len(rows) * (HEIGHT + GAP) - GAP + 4
    parts = []
    for place, rooms in enumerate(rows):
        top = 2 + place * (HEIGHT + GAP)
        width = (WIDTH - GAP * (len(rooms) - 1)) / len(rooms)
        parts += [
            box(room, column * (width + GAP) + 2, top, width - 4)
            for column, room in enumerate(rooms)
        ]
        if place:
            parts.append(f'<path d="M{WIDTH / 2:g} {top - GAP + 2} v{GAP - 4}"/>')
    title = "The rooms of app/: each imports only those below it"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{title}</title><style>{STYLE}</style>{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    print(picture(), end="")
