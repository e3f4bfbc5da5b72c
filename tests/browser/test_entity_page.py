"""An entity's page in a real browser: on a telephone, and on paper."""

from __future__ import annotations

from typing import Any

from tests.browser.examined import NARROW

PAGE = "/entidades/E90001"
#: The width of a sheet of A4 between its margins, in pixels.
SHEET = 673


def test_a_phone_answers_all_three_questions_before_it_is_moved(inside: Any, live_server: str):
    inside.set_viewport_size({"width": NARROW, "height": 740})
    inside.goto(f"{live_server}{PAGE}")
    answers = [one.bounding_box() for one in inside.locator(".answers__one").all()]
    assert len(answers) == 3
    assert all(box["y"] + box["height"] <= 740 for box in answers)
    actions = inside.locator(".entity-actions").bounding_box()
    assert actions["y"] > answers[-1]["y"], "what can be done comes after how it stands"


def test_on_paper_the_names_of_stages_have_the_width_of_the_sheet(inside: Any, live_server: str):
    inside.goto(f"{live_server}{PAGE}")
    inside.emulate_media(media="print")
    inside.set_viewport_size({"width": SHEET, "height": 990})
    for name in inside.locator(".course__name").all():
        state = name.locator("xpath=../*[contains(@class, 'course__state')]").bounding_box()
        assert name.bounding_box()["width"] > SHEET / 2
        assert state["x"] > name.bounding_box()["x"] + SHEET / 2
    assert not inside.locator(".course .ways").first.is_visible()
