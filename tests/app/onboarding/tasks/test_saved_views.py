"""Saved views of *Mis pendientes*: shared, begun with, and those of people who left."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import DefaultView, SavedView
from app.onboarding.tasks.inbox import views
from app.people import access
from tests.app.walk import Walk

QUERY = "region=Lima&orden=espera"


@pytest.fixture
def shared(walk: Walk) -> Walk:
    """Return a walk in which a coordinator shares a view, and another reads it."""
    walk.begin()
    walk.people["other"] = walk.person("40000024", "sip")
    save(walk, "Lima, por espera", sharing="role")
    return walk


def save(walk: Walk, name: str, by: str = "sip", query: str = QUERY, **data: str) -> str:
    client = walk.browser(by)
    answer = client.post(
        f"/pendientes/guardar?{query}", data={"name": name, "sharing": "own", **data}
    )
    return answer.text if answer.status_code != 303 else answer.location


def view(walk: Walk) -> SavedView:
    return walk.one(select(SavedView))


def change(walk: Walk, act: str, by: str) -> int:
    return walk.browser(by).post(f"/pendientes/vistas/{view(walk).id}/{act}").status_code


def leave(walk: Walk, role: str) -> None:
    """End the role of a coordinator."""
    with walk.writing() as session:
        access.revoke(session, walk.user(session, role), role, None, None)


@pytest.mark.nightly
def test_a_view_has_a_name_and_is_read_by_its_owner_alone(walk: Walk):
    walk.people["other"] = walk.person("40000024", "sip")
    assert save(walk, "  Lima,   por espera ").endswith(f"{QUERY}&vista={view(walk).id}")
    assert view(walk).name == "Lima, por espera"
    assert "Lima, por espera" in walk.browser("sip").get("/pendientes").text
    assert "Lima, por espera" not in walk.browser("other").get("/pendientes").text
    assert walk.browser("other").get(f"/pendientes?vista={view(walk).id}").status_code == 400
    for act in ("abrir", "compartir", "borrar", "asumir"):
        assert change(walk, act, "other") == 404


def test_a_name_is_needed_the_same_one_replaces_and_there_is_an_end_to_views(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    assert "Escribe el nombre de la vista." in save(walk, "")
    save(walk, "Lima")
    save(walk, "LIMA", query="region=Lima&plazo=atrasado")
    assert view(walk).params == "region=Lima&plazo=atrasado"
    assert walk.browser("sip").get("/pendientes/guardar?region=x").status_code == 303
    monkeypatch.setattr(views, "MOST", 1)
    assert "borra una antes de guardar otra" in save(walk, "Otra")


def test_a_shared_view_is_read_by_its_roles_people_and_changed_by_its_owner(shared: Walk):
    assert "Lima, por espera" in shared.browser("other").get("/pendientes/vistas").text
    assert "Lima, por espera" not in shared.browser("sgtd").get("/pendientes/vistas").text
    assert change(shared, "borrar", "other") == 404
    assert change(shared, "asumir", "other") == 303
    assert view(shared).owner_id == shared.people["sip"], "the owner has not left"
    assert change(shared, "abrir", "sgtd") == 404


def test_ones_list_begins_with_a_view(shared: Walk):
    assert change(shared, "abrir", "other") == 303
    client = shared.browser("other")
    assert client.get("/pendientes").location == f"/pendientes?{QUERY}&vista={view(shared).id}"
    assert client.get("/pendientes?lista=").status_code == 200
    client.post("/pendientes/vistas/todas")
    assert client.get("/pendientes").status_code == 200


def test_a_view_that_is_not_shared_any_more_begins_no_list(shared: Walk):
    change(shared, "abrir", "other")
    change(shared, "abrir", "sip")
    assert change(shared, "reservar", "sip") == 303
    assert shared.browser("other").get("/pendientes").status_code == 200
    assert shared.browser("sip").get("/pendientes").status_code == 302
    assert change(shared, "borrar", "sip") == 303
    assert shared.all(select(DefaultView)) == []


@pytest.mark.nightly
def test_the_view_of_who_left_stays_until_a_colleague_takes_it_over(shared: Walk):
    change(shared, "abrir", "other")
    leave(shared, "sip")
    client = shared.browser("other")
    assert client.get("/pendientes", follow_redirects=True).status_code == 200
    page = client.get("/pendientes/vistas").text
    assert "Ya no tiene esa función: puedes hacerte cargo." in page
    assert change(shared, "borrar", "other") == 404
    assert change(shared, "asumir", "other") == 303
    assert view(shared).owner_id == shared.people["other"]
    assert change(shared, "borrar", "other") == 303


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize("sharing", ["role", "all"])
def test_the_view_of_a_deactivated_colleague_is_taken_over_or_vanishes(begun: Walk, sharing: str):
    """The shared one is taken over; their own one is in no list and at no address."""
    begun.people["other"] = begun.person("40000024", "sip")
    save(begun, "Lima, por espera", sharing=sharing)
    number = view(begun).id
    change(begun, "abrir", "other")
    save(begun, "Solo mía")
    with begun.writing() as session:
        begun.user(session, "sip").active = False
    client = begun.browser("other")
    assert client.get("/pendientes", follow_redirects=True).status_code == 200
    page = client.get("/pendientes/vistas").text
    assert "Ya no tiene esa función: puedes hacerte cargo." in page
    assert "Solo mía" not in page
    assert client.get(f"/pendientes?vista={number + 1}").status_code == 400
    assert client.post(f"/pendientes/vistas/{number + 1}/asumir").status_code == 404
    assert client.post(f"/pendientes/vistas/{number}/asumir").status_code == 303
    assert begun.get(SavedView, number).owner_id == begun.people["other"]
    assert "puedes hacerte cargo" not in client.get("/pendientes/vistas").text


@pytest.mark.nightly
def test_a_view_is_shared_with_all_coordinators(shared: Walk):
    """And with one's secretariat again: the others begin with it no more."""
    assert change(shared, "compartir-con-todos", "other") == 404
    assert change(shared, "compartir-con-todos", "sip") == 303
    page = shared.browser("sgtd").get("/pendientes/vistas").text
    assert "Compartida con: Todos los coordinadores" in page
    for role in ("sgtd", "other"):
        assert change(shared, "abrir", role) == 303
    assert shared.browser("sgtd").get("/pendientes").status_code == 302
    assert shared.browser("secretary").get("/pendientes/vistas").status_code == 404
    change(shared, "compartir", "sip")
    assert shared.browser("sgtd").get("/pendientes").status_code == 200
    assert shared.browser("other").get("/pendientes").status_code == 302


def test_a_view_of_one_kind_of_task_is_not_for_all(walk: Walk):
    """The other secretariat has no such tasks."""
    page = save(walk, "Revisiones", query="tipo=review_designation", sharing="all")
    assert "Un tipo de tarea es de una sola secretaría" in page
    save(walk, "Revisiones", query="tipo=review_designation", sharing="role")
    assert "Compartir con todos" not in walk.browser("sip").get("/pendientes/vistas").text
    change(walk, "compartir-con-todos", "sip")
    assert view(walk).role == "sip"


def test_of_two_who_take_over_a_view_one_is_refused(shared: Walk):
    shared.people["third"] = shared.person("40000025", "sip")
    leave(shared, "sip")
    change(shared, "asumir", "other")
    with shared.writing() as session:
        stale = session.get_one(SavedView, view(shared).id)
        third = shared.user(session, "third")
        with pytest.raises(views.CannotSave, match="Otra persona ya"):
            views.take_over(session, stale, third)


def test_a_view_of_a_region_that_is_gone_says_so_and_can_be_deleted(shared: Walk):
    with shared.writing() as session:
        session.scalars(select(SavedView)).one().params = "region=Atlantis"
    client = shared.browser("sip")
    address = f"/pendientes?region=Atlantis&vista={view(shared).id}"
    assert client.get(address).status_code == 400
    assert "Lima, por espera" in client.get("/pendientes/vistas").text
    assert change(shared, "borrar", "sip") == 303


def test_names_that_differ_by_capitals_only_are_one_name(shared: Walk):
    save(shared, "Áncash, ÑAÑA", by="other")
    save(shared, "áncash, ñaña", by="other", query="region=Lima")
    own = select(SavedView).where(SavedView.owner_id == shared.people["other"])
    assert [one.params for one in shared.all(own)] == ["region=Lima"]
    save(shared, "LIMA, POR ESPERA", by="other")
    leave(shared, "sip")
    with shared.writing() as session:
        user = shared.user(session, "other")
        (theirs,) = session.scalars(select(SavedView).where(SavedView.owner_id != user.id)).all()
        with pytest.raises(views.CannotSave, match="Ya tienes una vista con ese nombre"):
            views.take_over(session, theirs, user)
