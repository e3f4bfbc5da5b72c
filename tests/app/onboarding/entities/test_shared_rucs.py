"""A RUC that two entities give: shown at once, and confirmed by a coordinator before conformity."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.administration import catalogue
from app.base.models import Draft, Entity, Notice
from app.cases.entities import rucs
from tests.app import cast
from tests.app.onboarding.batches.batched import confirm, rows_of
from tests.app.onboarding.batches.brought_state import bring_state, roster, state, workbook
from tests.app.walk import CODE, Walk

RUC = "20131370645"
OTHER = "E90002"
NAME = "Municipalidad Distrital de Ejemplo 2"


def with_other(walk: Walk, ruc: str = RUC) -> None:
    """Add another entity that has the RUC already."""
    walk.commit(cast.entity, OTHER, ruc=ruc)


def entity_of(walk: Walk, code: str = CODE) -> Entity:
    """Return an entity as stored now."""
    return walk.one(select(Entity).where(Entity.code == code))


def notices(walk: Walk) -> list[str]:
    """Return the codes of the entities whose RUC waits on *Mis pendientes*."""
    with walk.reading() as session:
        found = session.scalars(
            select(Notice).where(Notice.kind == rucs.KIND, Notice.done_at.is_(None))
        )
        return sorted(notice.entity.code for notice in found if notice.entity)


def at_review(walk: Walk) -> str:
    """Take a designation with another entity's RUC to its review; return the task's URL."""
    with_other(walk)
    walk.begin()
    with walk.writing() as session:
        cast.entity_of(session).ruc = ""
    task = walk.draft("designate_administrator")
    client = walk.browser("preparer")
    page = client.get(f"/tareas/{task}/entidad").text
    data = form_of(walk, task) | {"entity-ruc": RUC, "action": "next"}
    answer = client.post(f"/tareas/{task}/entidad", data=data)
    assert answer.status_code == 303, page
    assert f"Este RUC ya es de {NAME}" in client.get(answer.location).text  # at once
    assert "un coordinador lo confirma" in client.get(f"/tareas/{task}/entidad").text
    assert f"Este RUC ya es de {NAME}" in client.get(f"/tareas/{task}/revisar").text
    assert client.post(f"/tareas/{task}/revisar", data={"action": "submit"}).status_code == 303
    walk.answer("list_personnel")
    walk.answer("file_designation")
    walk.answer("record_reception", "received")
    return f"/tareas/{walk.task('review_designation').id}"


def form_of(walk: Walk, task: int) -> dict[str, str]:
    """Return the first page of the designation, as a browser would post it."""
    draft = walk.get(Draft, task)
    return {key: value for key, value in draft.pairs if key.startswith("entity-")}


@pytest.mark.nightly
def test_a_second_entity_with_the_same_ruc_waits_for_a_coordinator(walk: Walk):
    review = at_review(walk)
    assert notices(walk) == [CODE]
    client = walk.browser("sip")
    assert "Comparte RUC con otra entidad" in client.get("/pendientes").text
    page = client.get(f"{review}/respuesta").text
    assert f"El RUC también es de {NAME}" in page
    refused = client.post(f"{review}/respuesta", data={"result": "accepted", "action": "submit"})
    assert refused.status_code == 422
    assert "Antes de dar conformidad" in refused.text
    place = f"/entidades/{CODE}/ruc"
    assert f"Comparte RUC con {NAME}" in client.get(place).text
    assert client.post(place).status_code == 303
    assert notices(walk) == []
    (entry,) = walk.entries("entity.ruc_shared")
    assert entry.actor_id == walk.people["sip"]
    assert "comparte el RUC" in client.get(f"/entidades/{CODE}/historial").text
    answer = client.post(f"{review}/respuesta", data={"result": "accepted", "action": "submit"})
    assert answer.location == f"{review}/revisar"


@pytest.mark.nightly
def test_confirming_twice_says_that_nothing_changed(walk: Walk):
    at_review(walk)
    client = walk.browser("sip")
    for green in (True, False):
        client.post(f"/entidades/{CODE}/ruc")
        assert ("banner--success" in client.get(f"/entidades/{CODE}").text) is green
    assert len(walk.entries("entity.ruc_shared")) == 1


@pytest.mark.nightly
def test_the_entity_that_had_the_ruc_first_continues(walk: Walk):
    at_review(walk)
    assert entity_of(walk, OTHER).ruc_to_confirm == ""


@pytest.mark.parametrize("way", ["catalogue", "import of an entry", "import of a new entity"])
def test_a_shared_ruc_waits_whatever_its_source(walk: Walk, way: str):
    with_other(walk)
    code = CODE
    if way == "catalogue":
        walk.commit(cast.person, "40000031", "superuser")
        client = walk.app.test_client()
        cast.sign_in(client, "40000031")  # type: ignore[arg-type]
        here = entity_of(walk)
        data = {"name": here.name, "level": "local", "ruc": RUC, "active": "y"}
        client.post(f"/catalogo/{CODE}", data=data)
        assert "un coordinador confirma si lo comparten" in client.get(f"/catalogo/{CODE}").text
        assert "Este RUC ya es de" in client.get(f"/catalogo/{CODE}").text
    else:
        code = CODE if way == "import of an entry" else "E90003"
        line = f"{code},Municipalidad de Ejemplo,local,municipalidad_distrital,{RUC}"
        report = walk.commit(catalogue.import_entities, f"code,name,level,kind,ruc\n{line}\n")
        assert report.shared_rucs == ((code, [OTHER]),)
    assert entity_of(walk, code).ruc_to_confirm == RUC
    assert notices(walk) == [code]


@pytest.mark.parametrize("how", ["the other's changes", "the other is closed"])
def test_nothing_waits_once_no_other_entity_has_the_ruc(walk: Walk, how: str):
    with_other(walk)
    with walk.writing() as session:
        here = cast.entity_of(session)
        other = cast.entity_of(session, OTHER)
        here.ruc = RUC
        rucs.changed(session, here, "", None)
        assert here.ruc_to_confirm == RUC
        if how == "the other is closed":
            other.active = False
            rucs.left(session, other, None)
        else:
            other.ruc = "20999999990"
            rucs.changed(session, other, RUC, None)
    assert entity_of(walk).ruc_to_confirm == ""
    assert notices(walk) == []


def test_a_unique_ruc_waits_for_nothing(walk: Walk):
    with_other(walk, ruc="20999999990")
    with walk.writing() as session:
        here = cast.entity_of(session)
        here.ruc = RUC
        assert rucs.changed(session, here, "", None) == []
    assert notices(walk) == []


@pytest.mark.nightly
def test_a_batch_reports_a_shared_ruc_and_leaves_it_waiting(walk: Walk):
    given = state(stage="1")
    with_other(walk, ruc=given["ruc"])
    place = bring_state(walk, workbook(given, personnel=roster()))
    (row,) = rows_of(walk, place)
    assert row.plan == "do"
    assert f"Su RUC ya es de {NAME}" in row.message
    confirm(walk.browser("sip"), place, 1)
    assert entity_of(walk).ruc_to_confirm == given["ruc"]
    assert notices(walk) == [CODE]
