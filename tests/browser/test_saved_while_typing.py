"""A review, and a request of the entity, where scripts run: links, Back, Reload, double clicks."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.cases.processes.returns import requests
from tests.app.together import PATIENCE
from tests.app.walk import Walk
from tests.browser.visitor import sign_in

TEXTS = ("Falta la firma.", "El cargo no es ese.")


@pytest.fixture
def open_tab(walk: Walk, browser: Any, live_server: str) -> Iterator[Callable[[str], Any]]:
    """Open a page of the person of a role, who has signed in."""
    contexts = []

    def opened(role: str) -> Any:
        context = browser.new_context(base_url=live_server)
        contexts.append(context)
        sign_in(context, walk.browser(role), live_server)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def texts_of(page: Any) -> list[str]:
    """Return the texts of the observations on the page."""
    boxes = page.locator("textarea[name^=observations-]")
    return [box.input_value() for box in boxes.all()]


def is_saved(page: Any) -> None:
    """Wait until the page says that it has saved what was typed."""
    page.get_by_text("Guardado a las").wait_for(timeout=15_000)


@pytest.mark.guard("a journey in a browser: what is typed is saved", always=True)
def test_a_review_loses_nothing_and_asks_nothing_twice(walk: Walk, open_tab: Any):
    task, page = walk.task("review_designation").id, open_tab("sip")
    address = f"/tareas/{task}/respuesta"
    page.goto(address)
    page.get_by_label("Observar", exact=True).check()
    page.locator("#observations-0-text").fill(TEXTS[0])
    page.get_by_label("Documento observado").select_option("sip_rvl_001")
    # a link saves what was typed a moment ago
    page.get_by_role("link", name="Ver la relación, fila por fila").click()
    page.wait_for_url("**/relacion")
    page.get_by_role("link", name=re.compile("^Observar la fila 1,")).click()
    page.wait_for_url("**/respuesta?observar=**")
    assert texts_of(page) == [TEXTS[0], ""]
    assert page.evaluate("document.activeElement.id") == "observations-1-text"
    page.keyboard.insert_text(TEXTS[1])
    is_saved(page)
    page.reload()
    assert texts_of(page) == list(TEXTS)

    page.get_by_role("button", name="Continuar", exact=True).dblclick()
    page.wait_for_url("**/revisar")
    assert "en otra ventana" not in page.content()
    page.go_back()
    assert texts_of(page) == list(TEXTS)
    page.locator("#observations-1-text").fill("Es otro.")
    # and so does the search, which is another form of the page
    page.get_by_label("Nombre, cargo, unidad o sede").fill("nadie")
    page.keyboard.press("Enter")
    page.wait_for_url("**/relacion?q=nadie")
    page.go_back()
    assert texts_of(page) == [TEXTS[0], "Es otro."]
    page.get_by_role("button", name="Continuar", exact=True).click()
    page.wait_for_url("**/revisar")
    page.get_by_role("button", name="Registrar la revisión").dblclick()
    page.get_by_text("Registramos tu respuesta").wait_for()
    assert walk.open_steps() == ["correct_designation"]


def click(page: Any, count: int) -> None:
    """Click where the mouse is: `count` is 2 for the second click of a double click."""
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)


@pytest.mark.nightly
def test_a_request_that_is_clicked_twice_is_sent_once(
    walk: Walk, open_tab: Any, monkeypatch: pytest.MonkeyPatch
):
    task, page = walk.task("review_designation").id, open_tab("preparer")
    goes_on, sent = threading.Event(), []
    ask = requests.ask

    def slow(*given: Any) -> None:
        assert goes_on.wait(PATIENCE)
        ask(*given)

    monkeypatch.setattr(requests, "ask", slow)
    page.on("request", lambda one: one.method == "POST" and sent.append(one.url))
    page.goto(f"/entidades/E90001/tareas/{task}/pedir-devolucion")
    page.get_by_label("Paso que quieres corregir").select_option("list_personnel")
    page.get_by_label("¿Qué hay que corregir, y por qué?").fill("Falta una persona en la lista")
    page.get_by_role("button", name="Enviar el pedido").hover()
    with page.expect_request(lambda one: one.method == "POST"):
        click(page, 1)
    click(page, 2)
    goes_on.set()
    page.get_by_text("Enviamos tu pedido").wait_for()
    assert len(sent) == 1
