"""An entity puts itself on the list of a full session, sees its place, leaves, or gets a seat."""

from __future__ import annotations

import re

import pytest

from app.cases import processes
from tests.app.onboarding.seats import begun, choose, publish, published, session_row, waits
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

CHOOSE = "choose_thematic_session"
Cases = list[tuple[int, int]]


@pytest.fixture
def cases(walk: Walk, clock: Clock) -> Cases:
    """Return three cases at the induction, of E90001 to E90003."""
    return begun(walk, clock, 3)


def page_of(code: str) -> str:
    return f"/entidades/{code}/lista-de-espera"


@pytest.fixture
def full(walk: Walk, cases: Cases) -> int:
    """Return a session whose only seat the third case has."""
    key = published(walk, 1)
    assert choose(walk, *cases[2]) == "seated"
    return key


def test_an_entity_waits_sees_its_place_and_leaves(walk: Walk, cases: Cases, full: int):
    (first, by), (second, other), _ = cases
    browser, sent = walk.browser_of(other), {"sesion": str(full)}
    step = browser.get(browser.get(f"/tareas/{walk.task(CHOOSE, second).id}").location).text
    assert f'href="{page_of("E90002")}"' in step
    walk.browser_of(by).post(page_of("E90001"), data=sent)
    assert "Esperar un lugar" in browser.get(page_of("E90002")).text
    assert browser.post(page_of("E90002"), data=sent).status_code == 303
    assert waits(walk, full) == [first, second]
    page = browser.get(page_of("E90002")).text
    assert "2 en la lista" in page
    assert "E90001" not in page
    assert CHOOSE in walk.open_steps(second)  # nobody answers for it
    for path in ("/pendientes", "/entidades/E90002"):
        assert "está en la lista de espera" in browser.get(path).text
    again = browser.post(page_of("E90002"), data=sent, follow_redirects=True)
    assert "Ya está en la lista" in again.text
    walk.browser_of(by).post(f"{page_of('E90001')}/salir", data=sent)
    assert waits(walk, full) == [second]
    assert "1 en la lista" in browser.get(page_of("E90002")).text
    history = walk.browser_of(by).get("/entidades/E90001/historial").text
    assert "Entró en la lista de espera" in history
    assert "Salió de la lista" in history


def test_a_coordinator_gives_a_free_seat_with_one_click(walk: Walk, cases: Cases, full: int):
    (first, by), _, (third, last) = cases
    walk.browser_of(by).post(page_of("E90001"), data={"sesion": str(full)})
    coordinator, url = walk.browser("sip"), f"/sesiones/{full}"
    assert "Dar un lugar" not in coordinator.get(url).text
    walk.commit(processes.returns.sessions.choose_another, third, "thematic", last)
    assert "Dar un lugar" not in walk.browser("secretary").get(url).text
    (place,) = re.findall(r'action="([^"]+/lista-de-espera/\d+)"', coordinator.get(url).text)
    for said in ("Tiene cupo", "Ya no está en esa lista"):
        assert said in coordinator.post(place, data={}, follow_redirects=True).text
    assert (session_row(walk, full).taken, waits(walk, full)) == (1, [])
    assert "thematic_session_arrives" in walk.waiting(first)
    assert f"u{by}" in {mail.person for mail in walk.mails("meeting")[-3:]}
    assert "lista de espera" not in walk.browser_of(by).get("/pendientes").text


def test_a_session_with_a_free_seat_has_no_list_to_join(walk: Walk, cases: Cases):
    (first, by), _, _ = cases
    with walk.writing() as session:
        free, past = publish(session, "thematic", seats=2), publish(session, "technical")
    browser = walk.browser_of(by)
    page = browser.get(page_of("E90001")).text
    assert "Ninguna sesión está llena" in page
    step = browser.get(browser.get(f"/tareas/{walk.task(CHOOSE, first).id}").location).text
    assert page_of("E90001") not in step
    for key, said in ((free, "tiene un lugar libre"), (past, "lugar libre"), ("x", "ya empezó")):
        answer = browser.post(page_of("E90001"), data={"sesion": str(key)}, follow_redirects=True)
        assert said in answer.text
    assert waits(walk, free) == []


@pytest.mark.postgresql
def test_two_of_an_entity_join_at_once_and_it_waits_once(walk: Walk, cases: Cases, full: int):
    instance, by = cases[0]
    came = together(*[lambda: walk.commit(processes.join_list, instance, full, by)] * 2)
    assert sorted(type(one).__name__ for one in came) == ["NoneType", "Refused"]
    assert waits(walk, full) == [instance]
