"""The list of entities in a real browser: low rows, and nothing over what has the focus."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.app import cast
from tests.app.onboarding.entities import listed
from tests.app.walk import Walk
from tests.browser.examined import NARROW, WIDE

pytestmark = pytest.mark.nightly

#: The height of a row of two lines, in pixels at the default size of text.
ROW = 56
#: The longest names of the catalogue have about this many characters.
LONG = (
    "Instituto Nacional de Defensa de la Competencia y de la Protección de la Propiedad Intelectual"
)
HEIGHTS = "all => all.map(one => one.getBoundingClientRect().height)"
BOTTOMS = "all => all.map(one => one.getBoundingClientRect().bottom)"
#: What the focus is on, if something else of the page lies over all of its corners and its middle.
HIDDEN = """
() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const points = [[.5, .5], [.02, .1], [.98, .1], [.02, .9], [.98, .9]].map(([x, y]) =>
    [box.left + box.width * x, box.top + box.height * y]);
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (one.contains(top) || top.contains(one));
  });
  return seen || one === document.body ? "" : one.outerHTML.slice(0, 200);
}
"""


@pytest.fixture
def many(walk: Walk) -> Walk:
    """Return two hundred invented entities; one has a long name."""
    listed.fill(walk)
    with walk.writing() as session:
        cast.entity_of(session, "E91001").name = LONG
    return walk


def test_a_row_is_at_most_56_pixels_high_and_grows_with_the_text(
    many: Walk, inside: Any, live_server: str
):
    inside.set_viewport_size({"width": WIDE, "height": 800})
    inside.goto(f"{live_server}/entidades")
    rows = inside.locator(".dense--entities tbody tr")
    heights = rows.evaluate_all(HEIGHTS)
    assert len(heights) == 50
    assert max(heights) <= ROW
    inside.evaluate("document.documentElement.style.fontSize = '150%'")
    assert max(rows.evaluate_all(HEIGHTS)) > ROW * 1.3


def test_several_rows_are_seen_at_once_above_the_acts(many: Walk, inside: Any, live_server: str):
    inside.set_viewport_size({"width": WIDE, "height": 800})
    inside.goto(f"{live_server}/entidades")
    bar = inside.locator(".act-bar").bounding_box()
    assert bar["y"] + bar["height"] <= 801
    assert bar["height"] <= 60
    ends = inside.locator(".dense--entities tbody tr").evaluate_all(BOTTOMS)
    assert sum(end <= bar["y"] for end in ends) >= 4


def test_the_head_and_the_acts_stay_in_sight_and_hide_no_focus(
    many: Walk, inside: Any, live_server: str
):
    inside.set_viewport_size({"width": WIDE, "height": 800})
    inside.goto(f"{live_server}/entidades?estado=todos")
    inside.mouse.wheel(0, 1500)
    head = inside.locator(".dense--entities thead th").last
    assert head.bounding_box()["y"] >= 0
    bar = inside.locator(".act-bar").bounding_box()
    assert bar["y"] + bar["height"] <= 801
    for key in ("Tab", "Shift+Tab"):
        for _ in range(130):
            inside.keyboard.press(key)
            assert not inside.evaluate(HIDDEN), key


def test_a_telephone_shows_cards_that_do_not_scroll_sideways(
    many: Walk, inside: Any, live_server: str
):
    inside.set_viewport_size({"width": NARROW, "height": 740})
    inside.goto(f"{live_server}/entidades")
    assert inside.evaluate("document.documentElement.scrollWidth") == NARROW
    assert not inside.locator(".dense--entities thead th").first.is_visible() or (
        inside.locator(".dense--entities thead").bounding_box()["width"] <= 1
    )
    assert inside.locator(".dense--entities tbody th .strong").first.is_visible()


def test_on_a_telephone_the_acts_come_into_sight_with_a_tick(
    many: Walk, inside: Any, live_server: str
):
    inside.set_viewport_size({"width": NARROW, "height": 640})
    inside.goto(f"{live_server}/entidades")
    bar = inside.locator(".act-bar")
    assert bar.bounding_box()["y"] > 640
    inside.locator(".pick").nth(1).check()
    box = bar.bounding_box()
    assert box["y"] + box["height"] <= 641
    assert box["height"] <= 64
    assert inside.evaluate("document.documentElement.scrollWidth") == NARROW


def test_a_telephone_shows_all_places_on_one_line(many: Walk, inside: Any, live_server: str):
    inside.set_viewport_size({"width": NARROW, "height": 740})
    inside.goto(f"{live_server}/entidades")
    places = inside.locator(".menu__link").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    assert len(places) == 6
    assert len({one["top"] for one in places}) == 1
    for place, following in pairwise(places):
        assert place["right"] < following["left"]
    assert places[-1]["right"] <= NARROW
