"""The pages of an entity in a real browser: on a telephone, on a computer and on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import Task
from tests.app.walk import Walk
from tests.browser.examined import NARROW, WIDE
from tests.browser.stretched import BETWEEN_MARGINS, beyond_the_sheet

pytestmark = pytest.mark.nightly

PAGE = "/entidades/E90001"
#: Two screens of a usual computer, in pixels.
TWO_SCREENS = 1600


def test_a_phone_answers_all_three_questions_without_scrolling(inside: Any, live_server: str):
    inside.set_viewport_size({"width": NARROW, "height": 740})
    inside.goto(f"{live_server}{PAGE}")
    answers = [one.bounding_box() for one in inside.locator(".answers__one").all()]
    assert len(answers) == 3
    assert all(box["y"] + box["height"] <= 740 for box in answers)
    button = inside.locator(".case-now__button").bounding_box()
    assert button["y"] > answers[-1]["y"], "what can be done comes after how it stands"


def test_on_paper_the_names_of_stages_have_the_width_of_the_sheet(inside: Any, live_server: str):
    inside.goto(f"{live_server}{PAGE}/tareas")
    inside.emulate_media(media="print")
    inside.set_viewport_size({"width": BETWEEN_MARGINS, "height": 990})
    for name in inside.locator(".course__name").all():
        state = name.locator("xpath=../*[contains(@class, 'course__state')]").bounding_box()
        assert name.bounding_box()["width"] > BETWEEN_MARGINS / 2
        assert state["x"] > name.bounding_box()["x"] + BETWEEN_MARGINS / 2
    assert not inside.locator(".course .ways").first.is_visible()


def test_the_summary_is_two_screens_high_and_its_pages_lead_to_each_other(
    inside: Any, live_server: str
):
    inside.set_viewport_size({"width": WIDE, "height": TWO_SCREENS // 2})
    inside.goto(f"{live_server}{PAGE}")
    assert inside.evaluate("document.documentElement.scrollHeight") <= TWO_SCREENS
    assert inside.locator(".case-now .govuk-button").count() == 1
    tops = inside.locator(".track__stage").evaluate_all("all => all.map(one => one.offsetTop)")
    assert len(tops) == 7
    assert len(set(tops)) == 1, "the course is one line"
    assert not inside.locator(".diagram").is_visible()
    inside.click("text=El recorrido en el diagrama")
    assert inside.locator(".diagram").is_visible()
    inside.click(".case-nav__list >> text=Historial")
    assert inside.locator("main h1").inner_text() == "Historial"
    inside.goto(f"{live_server}{PAGE}#historial")  # an address of earlier releases
    assert inside.locator(".case-nav :target").count() == 1


def test_on_paper_a_long_delay_fits_on_the_sheet(inside: Any, walk: Walk, live_server: str):
    with walk.writing() as session:
        for task in session.scalars(select(Task).where(Task.state == "open")):
            assert task.due_at is not None
            task.due_at = task.due_at - timedelta(days=200)
    inside.goto(f"{live_server}{PAGE}")
    late = inside.locator(".answers .due--late").inner_text()
    assert len(late.split()[0]) == 3, "days late, of three figures"
    assert not beyond_the_sheet(inside)
