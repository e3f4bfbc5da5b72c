"""The charts of the programme: lengths as classes of the style sheet, and the map of tiles."""

from __future__ import annotations

import re

import pytest

from app.base.assets import STATIC
from app.onboarding.programme.charts import Bar, Chart, Row
from app.onboarding.programme.regions import TILES

SHEET = (STATIC / "css/programme.css").read_text("utf-8")


def chart(*values: int, reach: int = 0) -> Chart:
    """Return a chart with one row of bars."""
    bars = [Bar(value, "", f"{value}", reach=reach) for value in values]
    return Chart("key", "title", "about", [Row("row", bars)])


def test_every_length_has_a_class():
    lengths = dict(re.findall(r"\.n-(\d+) \{ --n: ([\d.]+); \}", SHEET))
    assert {int(name): float(value) for name, value in lengths.items()} == {
        number: number / 100 for number in range(101)
    }


def test_a_length_is_in_percent_of_the_longest_bar_or_line():
    assert [chart(1, 3, 8).percent(value) for value in (0, 1, 3, 8)] == [0, 12, 38, 100]
    assert chart(1, reach=4).percent(1) == 25
    assert chart(0).percent(0) == Chart("key", "title", "about").percent(0) == 0


@pytest.mark.parametrize(
    ("values", "collides"),
    [((100, 95), True), ((5, 5), True), ((100, 80), False), ((100, 0), False), ((7,), False)],
)
def test_numbers_above_columns_of_similar_height_would_overlap(
    values: tuple[int, ...], collides: bool
):
    drawn = chart(*values)
    assert drawn.collides(drawn.rows[0]) is collides


def test_tiles_fill_nine_rows_from_west_to_east():
    rows: list[list[int]] = [[]]
    for _, column in TILES.values():
        if rows[-1] and column <= rows[-1][-1]:
            rows.append([])
        rows[-1].append(column)
        assert f".map__place--{column} {{ grid-column: {column + 1}; }}" in SHEET
    assert rows == [[0], [0, 2, 3], [0, 1, 2], [1, 2, 3], [1, 2, 3, 5], [0, 1, 2, 3, 4], [2, 3, 4],
                    [3, 4], [4]]  # fmt: skip
    assert len(TILES) == 25
