"""The page on which a duplicate becomes one with its entity, and where its old addresses lead."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.administration import catalogue
from app.administration.catalogue import duplicates
from app.base import db
from app.base.models import Task
from tests.app.administration.twins import TARGET, entry, merge, prepare
from tests.app.together import together
from tests.app.walk import CODE, Walk

MERGE = f"/catalogo/{CODE}/unir"


@pytest.fixture
def twice(walk: Walk) -> Walk:
    """Return a walk with two entries of one entity, and the superuser."""
    return prepare(walk)


@pytest.mark.nightly
def test_the_page_says_what_will_be_done_and_does_it_once(twice):
    twice.begin()
    boss = twice.browser("superuser")
    page = boss.get(f"{MERGE}?con={TARGET.lower()}").text
    assert "1\xa0proceso</li>" in page
    assert "No se puede deshacer" in page
    first = boss.post(MERGE, data={"con": TARGET})
    again = boss.post(MERGE, data={"con": TARGET})
    assert (first.status_code, first.location) == (303, f"/catalogo/{TARGET}")
    assert (again.status_code, again.location) == (303, f"/catalogo/{CODE}")
    assert "ya se unió a" in boss.get(f"/catalogo/{CODE}").text
    assert len(twice.entries("entity.merged")) == 2


def test_the_page_asks_for_the_other_and_offers_what_is_alike(twice):
    boss = twice.browser("superuser")
    with twice.writing() as session:
        other = entry(session, TARGET)
        other.name = f"{entry(session, CODE).name.upper().replace('A', 'Á')} (ex)"
        other.index()
    page = boss.get(MERGE).text
    assert f"{MERGE}?con={TARGET}" in page
    assert "Escribe el código" in boss.get(f"{MERGE}?con=").text
    assert "No hay una entidad con el código E99999" in boss.get(f"{MERGE}?con=e99999").text
    itself = boss.get(f"{MERGE}?con={CODE}").text
    assert "No se pueden unir" in itself
    assert "No se puede deshacer" not in itself
    assert boss.post(MERGE, data={"con": CODE}).status_code == 303
    assert twice.entries("entity.merged") == []


def test_a_duplicate_is_not_edited_nor_given_roles_nor_listed(twice):
    merge(twice)
    boss = twice.browser("superuser")
    assert (
        boss.post(f"/catalogo/{CODE}", data={"name": "Otro", "level": "local"}).status_code == 409
    )
    person = f"/personas/{twice.people['sgtd']}/funciones"
    answer = boss.post(person, data={"role": "operator", "entity_code": CODE})
    assert answer.status_code == 422
    assert f"Escribe {TARGET}" in answer.text
    assert f"m-{CODE}" not in boss.get("/coordinadores").text
    with twice.app.app_context():
        content = f"code,name,level,kind\n{CODE},Otro nombre,local,municipalidad_distrital"
        assert catalogue.import_entities(db.session(), content).unchanged == 1


def test_old_addresses_redirect_users_who_may_see_the_new_ones(twice):
    merge(twice)
    sip = twice.browser("sip")
    answer = sip.get(f"/entidades/{CODE}/historial")
    assert (answer.status_code, answer.location) == (301, f"/entidades/{TARGET}/historial")
    start = sip.post(f"/entidades/{CODE}/iniciar/implementacion")
    assert (start.status_code, start.location) == (
        308,
        f"/entidades/{TARGET}/iniciar/implementacion",
    )
    operator = twice.browser_of(twice.person("40000061", "operator", "E90003"))
    assert operator.get(f"/entidades/{CODE}").status_code == 404
    assert sip.get("/entidades/E99999").status_code == 404


# Simultaneous merges --------------------------------------------------------------------------


@pytest.mark.postgresql
def test_two_who_merge_at_once_do_it_once(twice):
    results = together(lambda: merge(twice), lambda: merge(twice))
    assert {type(result) for result in results} == {type(None), duplicates.CannotMerge}
    assert len(twice.entries("entity.merged")) == 2


@pytest.mark.postgresql
def test_two_that_would_each_go_into_the_other_do_not_both(twice):
    results = together(lambda: merge(twice), lambda: merge(twice, TARGET, CODE))
    assert {type(result) for result in results} == {type(None), duplicates.CannotMerge}
    with twice.reading() as session:
        assert [entry(session, code).active for code in (CODE, TARGET)].count(True) == 1


@pytest.mark.postgresql
def test_an_answer_that_comes_meanwhile_is_the_entitys(twice):
    twice.begin()
    task = twice.draft("designate_administrator")
    together(lambda: merge(twice), lambda: twice.answer("designate_administrator"))
    assert twice.task("designate_administrator").id == task
    assert twice.open_steps() == ["list_personnel"]
    target = twice.read(entry, TARGET)
    assert set(twice.all(select(Task.entity_id))) == {target.id}
