"""The menu: at most six places for every role, the current one, and what is wrong below *Más*."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from flask import Flask, url_for

from app.base import calendar, db
from app.base.models import Incident, JobRun, MailDomain
from app.ops import worker
from app.ops.worker.turns import turn
from app.people import access
from app.register.registers import environments
from app.web.navigation.places import PAGES
from tests.app import cast
from tests.app.visited import Visited
from tests.app.walk import Walk
from tests.pages import CheckingClient

MORE_LINK = re.compile(r'<a class="govuk-link strong" href="([^"]+)"')
LINK = re.compile(r'<a class="menu__link" href="([^"]+)"(?: aria-current="(\w+)")?>(.*?)</a>')
PLACES = ["Hoy", "Pendientes", "Entidades", "Programa", "Sesiones", "Más"]


def menu(client: CheckingClient, path: str) -> list[tuple[str, str, str]]:
    """Return the entries of the menu: path, value of aria-current, text."""
    top = client.get(path).text.partition("<main")[0]
    links = LINK.findall(top.replace("\N{NO-BREAK SPACE}", " "))
    return [(url, now, re.sub(r"<[^>]+>", "", text)) for url, now, text in links]


def current(client: CheckingClient, path: str) -> list[tuple[str, str]]:
    return [(text.split(" !")[0], now) for _, now, text in menu(client, path) if now]


def user_of(app: Flask, role: str) -> CheckingClient:
    number = {"sip": "41000001", "secretary": "41000002", "auditor": "41000003"}.get(
        role, "41000004"
    )
    cast.account(app, number, role)
    return cast.signed_in(app, number)


@pytest.mark.parametrize("role", ["sip", "sgtd", "secretary", "auditor", "superuser"])
def test_people_of_the_pcm_have_at_most_six_places(app: Flask, role: str):
    labels = [text.split(" !")[0] for *_, text in menu(user_of(app, role), "/hoy")]
    answers = role in ("sip", "sgtd", "secretary")
    assert labels == [one for one in PLACES if answers or one != "Pendientes"]


ROLES = tuple(access.ROLES)


@pytest.mark.parametrize("roles", [*((one,) for one in ROLES), *combinations(ROLES, 2)])
def test_all_is_in_six_places_or_below_mas(app: Flask, roles: tuple[str, ...]):
    """Three entities with a desk: each place of a user is in the menu, or on the page *Más*."""
    with app.app_context():
        session = db.session()
        user = cast.person(session, "40000555")
        for number in range(2, 5):
            place = cast.entity(session, f"E9000{number}", acronym=f"MD{number}")
            for role in roles:
                of_pcm = role in access.PCM_ROLES
                access.grant(session, user, role, None if of_pcm else place, None)
            environments.open_register(session, place, "production", None)
        session.commit()
    client = cast.signed_in(app, "40000555")
    entries = menu(client, "/cuenta")
    assert 0 < len(entries) <= 6
    reached = {url for url, *_ in entries}
    if "/mas" in reached:
        assert entries[-1][0] == "/mas"
        reached |= set(MORE_LINK.findall(client.get("/mas").text))
    records = not {"operator", "administrator", "alternate"}.isdisjoint(roles)
    of_entity = not access.PCM_ROLES.issuperset(roles)
    for number in range(2, 5):
        assert (f"/entidades/E9000{number}" in reached) == of_entity
        assert (f"/registro/E9000{number}/produccion" in reached) == records


@pytest.mark.nightly
def test_a_desk_below_mas_marks_it(app: Flask):
    with app.app_context():
        session = db.session()
        user = cast.person(session, "40000555")
        for number in range(1, 10):
            place = cast.entity(session, f"E9000{number}")
            access.grant(session, user, "administrator", place, None)
            environments.open_register(session, place, "production", None)
        session.commit()
    client = cast.signed_in(app, "40000555")
    assert current(client, "/registro/E90009/produccion") == [("Más", "true")]
    assert current(client, "/entidades/E90009") == [("Más", "true")]
    assert current(client, "/entidades/E90001") != [("Más", "true")]
    assert current(client, "/mas") == [("Más", "page")]


def test_the_public_has_at_most_six_places(app: Flask):
    public: CheckingClient = app.test_client()  # type: ignore[assignment]
    assert len(menu(public, "/visitas")) == 6


def test_the_place_of_a_page_is_marked(app: Flask):
    client = user_of(app, "sip")
    for path, place in [
        ("/hoy", ("Hoy", "page")),
        ("/mas", ("Más", "page")),
        ("/correos", ("Más", "true")),
        ("/correos/recibidos", ("Más", "true")),
        ("/calendario", ("Más", "true")),
        ("/sesiones/nueva", ("Sesiones", "true")),
    ]:
        assert current(client, path) == [place]


@pytest.mark.nightly
def test_the_pages_of_a_task_and_of_a_register_have_their_places(walk: Walk):
    walk.begin()
    client = walk.browser("sip")
    task = walk.task("designate_administrator").id
    assert current(client, f"/tareas/{task}") == [("Pendientes", "true")]
    assert current(client, "/entidades/E90001/tareas") == [("Entidades", "true")]


def test_the_desk_has_its_place_in_the_menu_of_the_entity(app: Flask):
    visited = Visited(app)
    [place] = current(visited.browser("operator"), "/registro/E90001/produccion")
    assert place == ("Registro de visitas", "page")


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["sip", "secretary", "auditor", "superuser"])
def test_the_page_has_what_its_user_may_open(app: Flask, role: str):
    client = user_of(app, role)
    page = client.get("/mas").text.partition("<main")[2]
    links = MORE_LINK.findall(page)
    assert links
    assert len(set(links)) == len(links)
    for link in links:
        assert client.get(link).status_code == 200
    with app.test_request_context():
        others = {url_for(one.endpoint) for one in PAGES} - set(links)
    for link in others:
        assert client.get(link).status_code == 404


@pytest.mark.nightly
def test_what_is_wrong_is_marked_and_counted(walk: Walk):
    for job in worker.JOBS.values():  # so that the installation is well
        turn(walk.app, job)
    walk.begin()
    client = walk.browser("sip")
    assert menu(client, "/hoy")[-1][2] == "Más"
    with walk.writing() as session:
        now = calendar.now()
        texts = {"element": "x", "name": "Una falla", "traceback": ""}
        session.add(Incident(instance_id=walk.id, happened_at=now, **texts))
        session.add(MailDomain(domain="example.org", since_at=now, hard=11, sent=11))
        session.get_one(JobRun, "tick").seen_at = now.replace(year=now.year - 1)
    assert menu(client, "/hoy")[-1][2] == "Más ! (3 asuntos por atender)"
    page = client.get("/mas").text
    assert "2 esperan" in page
    assert "nadie atiende los plazos" in page
    assert menu(walk.browser("secretary"), "/hoy")[-1][2] == "Más"
