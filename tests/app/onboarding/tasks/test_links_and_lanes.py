"""Links to one's induction session and to the public address; names of lanes."""

from __future__ import annotations

import pytest

from app.cases.processes.act import Act
from app.cases.records import sessions
from app.people import access
from tests.app import cast
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

PUBLIC = f"/visitas/{CODE}"


@pytest.mark.nightly
def test_the_pages_of_its_people_show_hour_place_and_link_of_a_session(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    with walk.writing() as session:
        case = Act.hold(session, walk.id, None).case
        planned = sessions.reader("thematic")(case)
    assert planned
    client = walk.browser("administrator")
    task = walk.task("choose_thematic_session").id
    for page in ("/pendientes", f"/entidades/{CODE}", f"/tareas/{task}/respuesta"):
        text = client.get(page).text
        assert "Inducción temática" in text
        assert planned["link"] in text, page
        assert "hora de Lima" in text, page
    # Another role and another entity see nothing.
    assert planned["link"] not in walk.browser("sgtd").get("/pendientes").text


def test_a_session_that_has_begun_is_not_listed_as_coming(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    moment = walk.waiting()["thematic_session_arrives"]
    clock.set(moment)
    assert "Tus sesiones" not in walk.browser("administrator").get("/pendientes").text


@pytest.mark.nightly
def test_the_address_that_the_site_links_to_is_shown(walk: Walk, clock: Clock):
    walk.begin_at("production")
    address = walk.app.config["PUBLIC_URL"] + PUBLIC
    task = walk.task("load_production_personnel").id
    page = walk.browser("administrator").get(f"/tareas/{task}/salida").text
    assert f"<strong>{address}</strong>" in page
    assert (
        f'href="{address}"' in walk.browser("administrator").get(f"/entidades/{CODE}/registro").text
    )
    walk.answer("load_production_personnel")
    moment = walk.waiting()["go_live_arrives"]
    clock.set(moment)
    walk.tick()
    task = walk.task("confirm_production").id
    page = walk.browser("sgtd").get(f"/tareas/{task}/comprobacion").text
    assert f"<strong>{address}</strong>" in page


def test_the_preparers_steps_bear_the_preparers_name(begun: Walk):
    """Only the preparer answers the authority's lane; the authority signs on paper."""
    pages = {
        "the entity's page": f"/entidades/{CODE}/tareas",
        "the diagram": f"/entidades/{CODE}/diagrama/designation",
    }
    for name, address in pages.items():
        text = begun.browser("sip").get(address).text
        assert "Responsable de la designación" in text, name
        assert "Máxima autoridad administrativa" not in text, name


def test_the_manual_names_who_does_the_steps_of_the_authoritys_lane(walk: Walk):
    page = walk.browser("preparer").get("/ayuda/designacion").text
    assert "Responsable de la designación o máxima autoridad ·" in page
    assert "Máxima autoridad administrativa ·" not in page


@pytest.mark.parametrize(
    ("holders", "title"),
    [
        ({"preparer"}, "Responsable de la designación"),
        (set(), "Responsable de la designación"),
        ({"authority"}, "Máxima autoridad administrativa"),
        ({"preparer", "authority"}, "Responsable de la designación o máxima autoridad"),
    ],
)
def test_a_lane_is_named_after_the_people_who_do_its_steps(holders: set[str], title: str):
    assert access.lane_title("authority", frozenset(holders)) == title


def test_an_authority_with_an_account_is_named_too(walk: Walk):
    with walk.writing() as session:
        place = cast.entity_of(session)
        cast.person(session, "40000041", "authority", place)
    walk.begin()
    page = walk.browser("sip").get(f"/entidades/{CODE}").text
    assert "Responsable de la designación o máxima autoridad" in page
