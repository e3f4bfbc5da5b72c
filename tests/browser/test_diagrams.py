"""Diagrams in a real browser: by keyboard, on a phone, on paper."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest

from tests.app.walk import Walk
from tests.browser.examined import NARROW, WIDE, Examiner

pytestmark = pytest.mark.nightly

BASE = "/entidades/E90001/diagrama"


def test_the_keyboard_reaches_open_steps_with_a_visible_focus(
    walk: Walk, inside: Any, live_server: str
):
    inside.goto(f"{live_server}{BASE}/designation")
    inside.focus(".diagram-frame")
    inside.keyboard.press("Tab")
    focused = inside.locator("a:focus")
    assert focused.get_attribute("data-element") == "review_designation"
    said = inside.get_by_role("link", name="Revisar la designación: En revisión, menos de")
    assert said.get_attribute("data-element") == "review_designation"
    ring = focused.locator(".diagram__focus")
    assert ring.evaluate("ring => getComputedStyle(ring).visibility") == "visible"
    inside.keyboard.press("Enter")
    inside.wait_for_url(f"**/tareas/{walk.task('review_designation').id}/*")


def test_one_click_opens_a_stage_and_one_goes_back(inside: Any, live_server: str):
    inside.goto(f"{live_server}{BASE}")
    inside.click("a[data-element=stage_designation]")
    inside.wait_for_url(f"**{BASE}/designation")
    inside.click(".govuk-breadcrumbs >> text=Implementación del RVL")
    inside.wait_for_url(f"**{BASE}")


def test_a_diagram_follows_the_rules_on_wide_and_narrow_screens(
    inside: Any, live_server: str, browser: Any
):
    examiner = Examiner(browser)
    for path in ("", "/designation", "/follow_up?etapa=designation"):
        inside.goto(f"{live_server}{BASE}{path}")
        assert examiner.faults_here(inside, (WIDE, NARROW)) == []


def test_a_phone_shows_text_at_full_size_and_the_open_step(inside: Any, live_server: str):
    inside.set_viewport_size({"width": NARROW, "height": 740})
    inside.goto(f"{live_server}{BASE}/designation")
    text = inside.locator("[data-element=review_designation] text").first
    size = text.evaluate("text => text.getCTM().a * parseFloat(getComputedStyle(text).fontSize)")
    assert size >= 12
    node = inside.locator("a[data-element=review_designation]")
    assert node.evaluate("node => node.getBoundingClientRect().left") > NARROW
    inside.click("text=Ver dónde está en el diagrama")
    assert 0 <= node.evaluate("node => node.getBoundingClientRect().left") < NARROW


def test_a_wide_screen_shows_the_whole_diagram_and_its_reader_chooses_the_size(
    inside: Any, live_server: str
):
    inside.goto(f"{live_server}{BASE}/designation")
    frame = inside.locator(".diagram-frame")

    def is_whole() -> bool:
        return bool(frame.evaluate("one => one.scrollWidth <= one.clientWidth"))

    assert is_whole()
    inside.get_by_role("radio", name="Para leer").check()
    assert not is_whole()
    inside.set_viewport_size({"width": NARROW, "height": 740})
    assert is_whole(), "on a telephone the other size is the whole"


def test_on_paper_the_whole_diagram_lies_on_the_first_sheet(inside: Any, live_server: str):
    inside.goto(f"{live_server}{BASE}/designation")
    with pikepdf.open(io.BytesIO(inside.pdf(prefer_css_page_size=True))) as paper:
        _, _, width, height = (float(side) for side in paper.pages[0].mediabox)
        assert (round(width), round(height)) == (842, 595)  # A4 across
    inside.emulate_media(media="print")
    frame = inside.locator(".diagram-frame").bounding_box()
    picture = inside.locator(".diagram").bounding_box()
    assert picture["width"] <= frame["width"] + 1
