"""The desk in a real browser: by keyboard alone, without scripts, on a slow line, on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.register.visits import recording
from tests.app import cast
from tests.app.register.desk.desks import DEMO, DESK, rows
from tests.app.visited import PARTS, Visited
from tests.browser.examined import NARROW, WIDE, Examiner
from tests.conftest import Clock

PATIENCE = 10_000  # milliseconds
OPERATOR = PARTS["operator"][0]
#: The most that an entry may transfer, and its longest time on a slow line.
ENTRY_BYTES = 15_000
SAVED_WITHIN = 3.0  # seconds after Enter
SLOW_LINE = {
    "offline": False,
    "latency": 600,  # milliseconds
    "downloadThroughput": 256_000 / 8,
    "uploadThroughput": 256_000 / 8,
}

Open = Callable[..., Any]


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    return Visited(app)


@pytest.fixture
def open_desk(visited: Visited, live_server: str, browser: Any) -> Iterator[Open]:
    """Let the operator in; the page is the desk. A complaint of a script fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(script: bool = True, width: int = WIDE) -> Any:
        context = browser.new_context(
            base_url=live_server,
            java_script_enabled=script,
            locale="es-PE",
            timezone_id="America/Lima",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto("/ingresar")
        page.fill("[name=document_number]", OPERATOR)
        page.fill("[name=password]", cast.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"**{DESK}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def keys(page: Any, *pressed: str) -> None:
    """Type texts; names in brackets are keys."""
    for one in pressed:
        if one.startswith("["):
            page.keyboard.press(one.strip("[]"))
        else:
            page.keyboard.type(one)


def focused(page: Any) -> str:
    """Return the name of the focused input, or the text of the focused button."""
    return str(page.evaluate("document.activeElement.name || document.activeElement.textContent"))


def type_entry(page: Any, number: str) -> None:
    """Type the entry of a new visitor, by keyboard alone, without the keys that send it."""
    assert focused(page) == "visitors-0-document_number"
    keys(page, number)
    page.wait_for_selector(".known__note")
    keys(page, "[Enter]")
    page.wait_for_function("document.activeElement.name.endsWith('surnames')")
    keys(page, "Flores Inventada", "[Tab]", "Luis", "[Tab]", "[Tab]")
    assert focused(page) == "official"
    keys(page, "gár")
    page.wait_for_selector("[role=option]")
    keys(page, "[Tab]")
    assert page.input_value("[name=official]").startswith("Gárate Ficticia Lucía")
    assert focused(page) == "category"
    keys(page, "p", "[Tab]", "Entrega de una propuesta")


@pytest.mark.guard("a journey in a browser: the desk", always=True)
def test_an_entry_and_an_exit_by_keys_alone(visited: Visited, open_desk: Open):
    page = open_desk()
    visited.visit(ago=20)
    type_entry(page, "00000502")
    keys(page, "[Enter]")
    page.wait_for_selector("text=Ingreso registrado: Flores Inventada Luis, 08:00.")
    first, second = rows(visited)
    assert (second.document_number, second.category) == ("00000502", "services")
    assert second.official_name == "Gárate Ficticia Lucía"
    assert second.motive == "Entrega de una propuesta"
    assert focused(page) == "visitors-0-document_number"
    keys(page, "[F2]")
    assert "Flores Inventada Luis" in focused(page)
    keys(page, "[ArrowDown]")
    assert "Quispe Inventada Ana" in focused(page)
    keys(page, "[ArrowUp]", "[ArrowDown]", "s")
    page.wait_for_selector("text=Salida registrada: Quispe Inventada Ana, 08:00.")
    assert visited.row(first.id).exit_state == "left"
    assert focused(page) == "visitors-0-document_number"
    keys(page, "[F2]", "[Escape]")
    assert focused(page) == "visitors-0-document_number"
    keys(page, "[F2]", "[Enter]")
    page.wait_for_selector("text=Salida registrada: Flores Inventada Luis, 08:00.")


@pytest.mark.nightly
def test_a_returning_visitor_is_filled_in_and_removed_with_the_number(
    visited: Visited, open_desk: Open
):
    visited.visit(ago=90, kind="private", entity="Ficticia S.A.C.")
    page = open_desk()
    keys(page, "00000501")
    page.wait_for_selector(".known__note--warning")
    assert page.input_value("[name=visitors-0-surnames]") == "Quispe Inventada"
    assert page.input_value("[name=visitors-0-entity]") == "Ficticia S.A.C."
    keys(page, "[Enter]")
    assert focused(page) == "official"
    page.fill("[name=visitors-0-document_number]", "00000777")
    page.wait_for_selector("text=No hay datos suyos todavía")
    for name in ("surnames", "given_names", "entity"):
        assert page.input_value(f"[name=visitors-0-{name}]") == ""
    page.select_option("[name=visitors-0-document_type]", "MENOR")
    page.wait_for_selector(f'.known__fault a[href="{DESK}/no-registrables"]')


@pytest.mark.nightly
def test_a_button_that_is_pressed_twice_is_one_visit(visited: Visited, open_desk: Open):
    page = open_desk()
    type_entry(page, "00000502")
    page.dblclick("button.govuk-button:has-text('Registrar ingreso')")
    page.wait_for_selector("text=Ingreso registrado")
    assert len(rows(visited)) == 1


@pytest.mark.guard("a journey in a browser: the desk without scripts")
def test_the_desk_works_without_a_script(visited: Visited, open_desk: Open):
    visited.visit(ago=90, name="Rojas Inventada Rita", document_number="00000503")
    page = open_desk(script=False)
    page.fill("[name=visitors-0-document_number]", "00000503")
    page.click("text=Buscar sus datos")
    assert page.input_value("[name=visitors-0-surnames]") == "Rojas Inventada"
    page.click("text=Agregar otro visitante")
    assert page.input_value("[name=visitors-0-surnames]") == "Rojas Inventada"
    for name, text in (
        ("document_number", "00000504"),
        ("surnames", "Rojas Inventada"),
        ("given_names", "Luis"),
    ):
        page.fill(f"[name=visitors-1-{name}]", text)
    page.fill("[name=official]", "gár")
    page.select_option("[name=category]", "other")
    page.fill("[name=motive]", "Entrega de un documento")
    page.press("[name=motive]", "Enter")
    page.wait_for_selector("text=Ingreso registrado: Rojas Inventada Rita y de 1 persona más")
    assert [row.document_number for row in rows(visited)] == ["00000503", "00000503", "00000504"]
    page.click("button:has-text('Registrar salida') >> nth=0")
    page.wait_for_selector("text=Salida registrada")
    page.click("text=Cerrar el día")
    page.check("text=Su salida no se registró")
    page.click("button:has-text('Cerrar el día')")
    page.wait_for_selector("text=2 salidas quedaron sin registrar.")


def fill_the_desk(visited: Visited) -> None:
    """Record fifty people inside, the number that the desk shows at once."""
    with visited.writing() as session:
        group = [
            visited.entry(
                session,
                ago=number,
                name=f"{'ABCDEFGHIJ'[number // 5]}rrunátegui Inventada María {'aeiou'[number % 5]}",
                document_number=f"000006{number:02}",
            )
            for number in range(50)
        ]
        recording.enter(session, visited.register(session), group, submission="many", actor_id=None)


class Scales:
    """The bytes that are transferred, both ways, redirects included."""

    def __init__(self, page: Any) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add)
        session.on("Network.requestWillBeSent", self._send)

    def _add(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def _send(self, event: dict[str, Any]) -> None:
        self.bytes += len(event["request"].get("postData", ""))
        self.bytes += int(event.get("redirectResponse", {}).get("encodedDataLength", 0))


@pytest.mark.nightly
def test_an_entry_carries_at_most_15_kb(visited: Visited, open_desk: Open):
    fill_the_desk(visited)
    page = open_desk()
    page.reload()  # the browser has the font and the style sheet by now
    page.wait_for_load_state("networkidle")
    scales = Scales(page)
    type_entry(page, "00000502")
    keys(page, "[Enter]")
    page.wait_for_selector("text=Ingreso registrado")
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-exit]").count() == 50
    assert 2_000 < scales.bytes <= ENTRY_BYTES


@pytest.mark.nightly
def test_on_a_slow_line_an_entry_is_saved_within_three_seconds(visited: Visited, open_desk: Open):
    fill_the_desk(visited)
    page = open_desk()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_LINE)
    type_entry(page, "00000502")
    before = len(rows(visited))
    pressed = time.monotonic()
    keys(page, "[Enter]")
    page.wait_for_selector("text=Ingreso registrado", timeout=SAVED_WITHIN * 1000)
    assert time.monotonic() - pressed <= SAVED_WITHIN
    assert len(rows(visited)) == before + 1


@pytest.mark.nightly
def test_the_pages_of_the_desk_follow_the_rules_for_every_reader(
    visited: Visited, open_desk: Open, examiner: Examiner
):
    visited.visit(ago=20)
    visited.visit(ago=60 * 24, observation="late", kind="private", entity="Ficticia S.A.C.")
    page = open_desk()
    found: list[str] = []

    def look(what: str) -> None:
        found.extend(f"{what}: {one}" for one in examiner.faults_here(page, (WIDE, NARROW, 320)))
        page.set_viewport_size({"width": WIDE, "height": 900})

    look("the desk")
    page.fill("[name=visitors-0-document_number]", "00000501")
    page.wait_for_selector(".known__note")
    page.fill("[name=official]", "eje")
    page.wait_for_selector("[role=option]")
    look("what is offered")
    page.click("text=Agregar otro visitante")
    page.fill("[name=motive]", "x" * 400)
    page.press("[name=motive]", "Enter")
    page.wait_for_selector(".govuk-error-summary")
    look("what is refused")
    page.goto(f"{DESK}/cierre")
    page.click("button:has-text('Cerrar el día')")
    page.wait_for_selector(".govuk-error-summary")
    look("the end of the day")
    page.goto(DEMO)
    assert re.search("Ambiente demo", page.inner_text("main"))
    look("the demo")
    assert found == []
