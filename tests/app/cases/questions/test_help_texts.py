"""Answers as texts of the help: reviewed, dated, without personal data, found by the search."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar, formatting
from app.base.models import HelpText, QuestionMessage
from app.cases.questions import help_texts
from tests.app import cast
from tests.app.cases.questions.raised import STEP, act, raised
from tests.app.walk import Walk
from tests.conftest import Clock

ANSWER = "Firma quien haga sus veces, con la resolución que lo encarga."
FILLED = {"title": "¿Quién firma si no está el titular?", "text": ANSWER, "reviewed": "y"}


@pytest.fixture
def make(walk: Walk) -> str:
    """Return the page that creates a help text from an answer."""
    walk.begin()
    number = raised(walk)
    act(walk, "answer", number, "sip", ANSWER, "c")
    query = select(QuestionMessage.id).where(QuestionMessage.of_pcm)
    message_id = walk.one(query)
    assert (
        f"/ayuda/respuestas/nueva/{message_id}"
        in walk.browser("sip").get(f"/entidades/E90001/consultas/{number}").text
    )
    return f"/ayuda/respuestas/nueva/{message_id}"


@pytest.mark.nightly
def test_one_click_publishes_an_answer_once_for_everybody(walk: Walk, make: str):
    browser = walk.browser("sip")
    form = browser.get(make).text
    assert ANSWER in form
    for _ in range(2):
        assert browser.post(make, data=FILLED).status_code == 303
    assert cast.count(walk.app, HelpText) == 1
    client = walk.app.test_client()
    page = client.get("/ayuda/respuestas").text
    assert ANSWER in page
    assert f"Revisada el {formatting.day(calendar.today())}" in page
    assert FILLED["title"] in client.get("/ayuda?q=RESOLUCION encarga").text
    task = walk.task(STEP)
    ask = f"/entidades/E90001/consultas/nueva?paso={task.id}"
    assert FILLED["title"] in walk.browser("preparer").get(ask).text


def test_an_answer_that_is_help_already_leads_to_its_text(walk: Walk, make: str):
    browser = walk.browser("sip")
    browser.post(make, data=FILLED)
    number = walk.one(select(HelpText.id))
    browser.post(f"/ayuda/respuestas/{number}/retirar")
    for again in (browser.get(make), browser.post(make, data=FILLED | {"text": "Otra."})):
        assert again.headers["Location"] == f"/ayuda/respuestas/{number}/editar"
    text = walk.get(HelpText, number)
    assert (text.text, text.withdrawn_at is None) == (ANSWER, False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Escribe a rosa@example.pe.", "correo"),
        ("Su DNI es 41234567.", "número"),
        ("Llama al 999 888 777.", "número"),
        ("Lo sabe Persona Ejemplo 011.", "nombre"),
        ("", "Escribe la respuesta"),
    ],
)
def test_personal_data_is_not_published(walk: Walk, make: str, text: str, why: str):
    answer = walk.browser("sip").post(make, data=FILLED | {"text": text})
    assert answer.status_code == 422
    assert why in answer.text
    assert cast.count(walk.app, HelpText) == 0


def test_a_text_that_nobody_reviewed_is_not_published(walk: Walk, make: str):
    data = {name: FILLED[name] for name in ("title", "text")}
    assert walk.browser("sip").post(make, data=data).status_code == 422
    assert cast.count(walk.app, HelpText) == 0


def test_a_change_is_a_review_and_a_withdrawn_text_is_found_no_more(
    walk: Walk, clock: Clock, make: str
):
    walk.browser("sip").post(make, data=FILLED)
    clock.forward(days=40)
    browser = walk.browser("sgtd")
    number = walk.one(select(HelpText.id))
    edit = f"/ayuda/respuestas/{number}/editar"
    assert browser.post(edit, data=FILLED | {"text": "Firma el encargado."}).status_code == 303
    page = browser.get("/ayuda/respuestas").text
    assert "Firma el encargado." in page
    assert f"Revisada el {formatting.day(calendar.today())}" in page
    assert browser.post(f"/ayuda/respuestas/{number}/retirar").status_code == 303
    assert "Firma el encargado." not in browser.get("/ayuda/respuestas").text
    assert walk.read(help_texts.find, "encargado") == []


def test_ordinary_texts_pass_the_check():
    text = "Son 10 visitas en 5 días hábiles, según la Ley 28024 y el DS 120-2019-PCM."
    assert help_texts.personal_data(text, []) == ""
