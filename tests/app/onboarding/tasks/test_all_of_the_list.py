"""Acts on all tasks that the filters of *Mis pendientes* find: frozen, counted, bounded."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from app.base.models import Task
from app.onboarding.batches.kinds import GIVE
from tests.app.onboarding.batches.batched import (
    batch_of,
    confirm,
    entities,
    rows_of,
)
from tests.app.walk import Walk

BAR = "/entidades/lotes/elegidas"
QUERY = "region=Cusco&orden=espera"


@pytest.fixture
def listed(walk: Walk) -> Walk:
    """Return three tasks of the SIP, of which two are of Cusco, and a colleague."""
    for place, code in enumerate(entities(walk, 3)):
        instance = walk.begin(code=code)
        with walk.writing() as session:
            session.execute(update(Task).where(Task.instance_id == instance).values(role="sip"))
            walk.find(session, "designate_administrator", instance).entity.department = (
                "Cusco" if place else "Lima"
            )
    walk.people["colleague"] = walk.person("40000031", "sip")
    return walk


@pytest.mark.nightly
def test_all_that_the_filters_find_become_the_rows_of_a_batch(listed: Walk):
    """Those who come to the list later are not among them."""
    client = listed.browser("sip")
    page = client.get(f"/pendientes?{QUERY}").text
    assert "Con las 2 de la lista" in page
    page = client.post(f"{BAR}?{QUERY}", data={"acto": "dar", "de": "tareas", "todas": "1"}).text
    assert "2\xa0tareas elegidas" in page
    (action,) = re.findall(rf'action="({BAR}/dar/todas[^"]+)"', page)
    assert action == f"{BAR}/dar/todas?{QUERY}&de=tareas".replace("&", "&amp;")
    address = action.replace("&amp;", "&")
    assert "2\xa0tareas elegidas" in client.get(address).text, "also when it is loaded again"
    fields = {"to": listed.people["colleague"], "reason": "Atiende esa región.", "enviado": "1"}
    place = client.post(address, data=fields).location
    assert [row.plan for row in rows_of(listed, place)] == ["do", "do"]
    said = batch_of(listed, int(place.rsplit("/", 1)[1])).data["chosen"]
    assert said == "De todas las tareas de Mis pendientes (Región: Cusco)"
    with listed.writing() as session:
        listed.find(session, "designate_administrator", listed.id).entity.department = "Cusco"
    confirm(client, place, 2)
    assert len(listed.entries("task.given")) == 2


def test_a_list_with_a_fault_is_not_taken_for_all(listed: Walk):
    """A filter at fault does not filter, so more tasks than meant would be given."""
    client, all_of_them = listed.browser("sip"), {"acto": "dar", "de": "tareas", "todas": "1"}
    answer = client.post(f"{BAR}?region=Atlantis", data=all_of_them)
    assert (answer.status_code, answer.location) == (303, "/pendientes?region=Atlantis")
    answer = client.post(f"{BAR}?region=Cusco&region=Lima", data=all_of_them)
    assert answer.status_code == 303
    answer = client.post(f"{BAR}?lista=mias", data=all_of_them, follow_redirects=True)
    assert "No elegiste ninguna tarea." in answer.text


@pytest.mark.nightly
def test_more_than_a_dry_run_takes_are_refused(listed: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(GIVE, "most", 1)
    data = {"acto": "dar", "de": "tareas", "todas": "1"}
    answer = listed.browser("sip").post(f"{BAR}?{QUERY}", data=data, follow_redirects=True)
    assert "Son 2 y se revisan hasta 1 a la vez: filtra la lista." in answer.text


def test_everything_is_what_the_reader_may_answer(listed: Walk):
    """The list of the other secretariat has none of these tasks."""
    data = {"acto": "dar", "de": "tareas", "todas": "1"}
    answer = listed.browser("sgtd").post(BAR, data=data)
    assert (answer.status_code, answer.location) == (303, "/pendientes")
    assert listed.browser("secretary").post(BAR, data=data).status_code == 404
