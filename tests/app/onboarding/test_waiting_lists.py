"""An entity puts itself on the list of a full session, sees its place, and leaves it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.base import calendar
from app.cases import processes
from tests.app.onboarding.seats import begun, choose, enrol, publish, published, session_row, waits
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

CHOOSE = "choose_thematic_session"
Cases = list[tuple[int, int]]


@pytest.fixture
def cases(walk: Walk, clock: Clock) -> Cases:
    """Return three cases at the induction, of E90001 to E90003; the first has the longest clock."""
    return begun(walk, clock, 3)


def page_of(code: str) -> str:
    return f"/entidades/{code}/lista-de-espera"


@pytest.fixture
def full(walk: Walk, cases: Cases) -> int:
    """Return a session whose only seat the third case has."""
    key = published(walk, 1)
    assert choose(walk, *cases[2]) == "seated"
    return key


@pytest.mark.nightly
def test_an_entity_waits_sees_its_place_and_leaves(walk: Walk, cases: Cases, full: int):
    (first, by), (second, other), _ = cases
    browser = walk.browser_of(other)
    step = browser.get(browser.get(f"/tareas/{walk.task(CHOOSE, second).id}").location).text
    assert f'href="{page_of("E90002")}"' in step
    assert "Esperar un lugar" in browser.get(page_of("E90002")).text
    sent = {"sesion": str(full)}
    assert browser.post(page_of("E90002"), data=sent).status_code == 303
    assert "1 en la lista" in browser.get(page_of("E90002")).text
    walk.browser_of(by).post(page_of("E90001"), data=sent)
    assert waits(walk, full) == [(first, "listed"), (second, "listed")]  # the longest clock first
    page = browser.get(page_of("E90002")).text
    assert "2 en la lista" in page
    assert "E90001" not in page
    assert CHOOSE in walk.open_steps(second)  # nobody answers for it
    assert "está en la lista de espera" in browser.get("/entidades/E90002").text
    assert "Entró en la lista de espera" in browser.get("/entidades/E90002/historial").text
    assert (
        "Ya tiene un lugar"
        in browser.post(page_of("E90002"), data=sent, follow_redirects=True).text
    )
    (row,) = walk.browser_of(by).get(page_of("E90001")).text.split("/dejar")[:-1]
    walk.browser_of(by).post(f"/entidades/E90001/lugares/{row.rsplit('/', 1)[1]}/dejar")
    assert waits(walk, full) == [(second, "listed")]
    assert "Salió de la lista" in walk.browser_of(by).get("/entidades/E90001/historial").text


@pytest.mark.nightly
def test_a_free_seat_is_offered_to_who_waits_and_shown_until_it_ends(
    walk: Walk, cases: Cases, full: int
):
    (first, by), _, (third, last) = cases
    browser = walk.browser_of(by)
    browser.post(page_of("E90001"), data={"sesion": str(full)})
    walk.commit(processes.returns.sessions.choose_another, third, "thematic", last)
    walk.tick()
    assert waits(walk, full) == [(first, "offered")]
    assert len([one for one in walk.mails("seat") if one.person == f"u{by}"]) == 1
    for path in ("/pendientes", "/entidades/E90001"):
        page = browser.get(path).text
        assert "Hay un lugar guardado para" in page, path
        assert "Aceptar o dejar el lugar" in page, path
    assert "/lugares/" in browser.get(page_of("E90001")).text
    seen = walk.browser("sip").get("/entidades/E90001").text
    assert "Hay un lugar guardado para" in seen
    assert "Aceptar o dejar el lugar" not in seen
    assert "Hay un lugar guardado" not in walk.browser_of(last).get("/pendientes").text
    assert choose(walk, first, by) == "seated"
    assert "Hay un lugar guardado" not in browser.get("/pendientes").text


@pytest.mark.nightly
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


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_of_an_entity_join_at_once_and_it_waits_once(walk: Walk, cases: Cases, full: int):
    instance, by = cases[0]

    def join() -> None:
        walk.commit(processes.join_list, instance, full, by)

    came = together(join, join)
    assert sorted(type(one).__name__ for one in came) == ["NoneType", "Refused"]
    assert waits(walk, full) == [(instance, "listed")]
    with pytest.raises(processes.Refused, match="Ya tiene un lugar"):
        enrol(walk, instance, full)
    assert session_row(walk, full).taken == 1


def test_a_new_offer_gives_the_held_seat_of_another_session_back(walk: Walk, clock: Clock):
    [(instance, _)] = begun(walk, clock, 1)
    with walk.writing() as session:
        at = calendar.now() + timedelta(days=30)
        keys = [publish(session, "thematic", seats=1, at=at) for _ in range(2)]
    assert [enrol(walk, instance, key) for key in keys] == ["offered", "offered"]
    assert [session_row(walk, key).taken for key in keys] == [0, 1]
    assert [waits(walk, key) for key in keys] == [[], [(instance, "offered")]]
