"""An entity's page in a real browser: on a telephone and on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.base.models import Task
from tests.app.walk import Walk
from tests.browser.examined import NARROW
from tests.browser.stretched import BETWEEN_MARGINS, beyond_the_sheet

PAGE = "/entidades/E90001"
#: In reading order: on a telephone and with a screen reader.
PARTS = [
    *("Tareas", "Diagrama", "Días hábiles", "Personas", "Contacto", "Documentos"),
    *("La entidad", "Correos", "Historial"),
]


def test_a_phone_answers_all_three_questions_without_scrolling(inside: Any, live_server: str):
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
    inside.set_viewport_size({"width": BETWEEN_MARGINS, "height": 990})
    for name in inside.locator(".course__name").all():
        state = name.locator("xpath=../*[contains(@class, 'course__state')]").bounding_box()
        assert name.bounding_box()["width"] > BETWEEN_MARGINS / 2
        assert state["x"] > name.bounding_box()["x"] + BETWEEN_MARGINS / 2
    assert not inside.locator(".course .ways").first.is_visible()


def test_people_and_files_come_before_mails_and_history(inside: Any, live_server: str):
    inside.goto(f"{live_server}{PAGE}")
    heads = inside.locator("main h2").all_inner_texts()
    assert [head for head in heads if head in PARTS] == PARTS
    columns = inside.locator(".two-columns").bounding_box()
    mails = inside.locator("#correos").bounding_box()
    assert mails["y"] > columns["y"] + columns["height"]


def test_on_paper_a_long_delay_fits_on_the_sheet(inside: Any, walk: Walk, live_server: str):
    with walk.writing() as session:
        for task in session.scalars(select(Task).where(Task.state == "open")):
            assert task.due_at is not None
            task.due_at = task.due_at - timedelta(days=200)
    inside.goto(f"{live_server}{PAGE}")
    late = inside.locator(".answers .due--late").inner_text()
    assert len(late.split()[0]) == 3, "days late, of three figures"
    assert not beyond_the_sheet(inside)
