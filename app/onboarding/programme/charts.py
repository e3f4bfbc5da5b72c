"""Charts as lists of links, which `charts.html` writes and `programme.css` draws.

A length is a class `n-0` to `n-100`, in percent of the longest: the CSP allows no inline styles.
A chart that uses a pattern also shows the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A bar with its number, which links to what it counts. Without a URL it is no link.

    `pattern`: solid, striped or open. `title`: the whole of it as a sentence. `reach`: a thin line
    continues the bar up to this value.
    """

    value: int
    url: str
    title: str
    pattern: str = "solid"
    label: str = ""
    reach: int = 0


@dataclass(frozen=True)
class Row:
    """The bars of one thing: one, or two of different patterns."""

    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Tile:
    """A region on the map: its column, its number, and its share in percent."""

    column: int
    name: str
    short: str
    count: int
    share: int
    url: str
    title: str


@dataclass(frozen=True)
class Chart:
    """A chart with its name and its description; `key` is unique on its page."""

    key: str
    title: str
    about: str
    rows: Sequence[Row] = ()
    tiles: Sequence[Tile] = ()

    def percent(self, value: int) -> int:
        """Return a value in percent of the longest bar."""
        most = max((max(bar.value, bar.reach) for row in self.rows for bar in row.bars), default=0)
        return round(100 * value / most) if most else 0

    def collides(self, row: Row) -> bool:
        """Return whether the numbers above two columns of a row would overlap."""
        heights = [self.percent(bar.value) for bar in row.bars if bar.value]
        return len(heights) == 2 and abs(heights[0] - heights[1]) < 8
