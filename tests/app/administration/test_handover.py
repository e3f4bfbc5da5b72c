"""Who goes on with what was somebody's is told of it, and so is the history of each entity."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.administration.users.departures import NobodyLeft
from app.base.models import Entity, LogEntry, User
from app.cases.history.lines import describe
from tests.app.administration.away import assign, deactivate, more, note, take
from tests.app.administration.test_departures import leaves_entity
from tests.app.walk import CODE, Walk

#: Who has an account in the walk, by the end of the address.
ADDRESS = "persona.0{}@example.pe"


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """A case with a step of the administrator open; somebody who manages the platform."""
    more(walk, "superuser", "40000001", "superuser")
    walk.begin_at("training")
    return walk


def told(walk: Walk) -> dict[str, str]:
    """Who got a mail of what is theirs now: its subject and text, by address."""
    return {mail.to: f"{mail.subject}\n{mail.body}" for mail in walk.mails("handed_over")}


def histories(walk: Walk, code: str = CODE) -> list[str]:
    """What an entity's history says of people who left."""
    with walk.reading() as session:
        entity = session.scalars(select(Entity).where(Entity.code == code)).one()
        entries = session.scalars(
            select(LogEntry).where(LogEntry.entity_id == entity.id, LogEntry.kind == "person.left")
        )
        return [describe(entry).text for entry in entries]


def in_charge(walk: Walk, part: str, role: str = "sip") -> None:
    """Puts a coordinator in charge of the entity."""
    with walk.writing() as session:
        entity = session.scalars(select(Entity).where(Entity.code == CODE)).one()
        setattr(entity, f"{role}_coordinator_id", walk.people[part])


def test_the_alternate_is_told_which_steps_are_theirs_now(begun: Walk):
    deactivate(begun, "administrator")
    mails = told(begun)
    assert list(mails) == [ADDRESS.format("13")]
    (text,) = mails.values()
    assert text.startswith("Un paso de Persona Ejemplo 012 sigue contigo\n")
    assert f"/tareas/{begun.task('plan_training').id}\n" in text
    assert "su cuenta se desactivó" in text


def test_the_history_says_who_left_and_with_whom_the_steps_go_on(begun: Walk):
    deactivate(begun, "administrator")
    assert histories(begun) == [
        "Se desactivó la cuenta de Persona Ejemplo 012 (Administrador del RVL); 1\xa0paso abierto "
        "de Persona Ejemplo 012 sigue con Persona Ejemplo 013"
    ]
    page = begun.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "sigue con Persona Ejemplo 013" in page


def test_who_prepares_is_told_that_they_designate_another(begun: Walk):
    leaves_entity(begun)
    deactivate(begun, "administrator")
    text = told(begun)[ADDRESS.format("11")]
    assert "Se inició una nueva designación" in text
    assert f"/entidades/{CODE}" in text
    assert "no queda quien responda los de Administrador del RVL" in histories(begun)[-1]
    assert "se avisó a Persona Ejemplo 011" in histories(begun)[-1]


@pytest.mark.parametrize("role", ["sip", "sgtd"])
def test_the_coordinator_in_charge_is_told_and_has_it_in_hoy(walk: Walk, role: str):
    more(walk, "superuser", "40000001", "superuser")
    more(walk, "other", "40000041", role)
    walk.begin()
    in_charge(walk, "other", role)
    deactivate(walk, "preparer")
    assert list(told(walk)) == [ADDRESS.format("41")]
    assert "código de activación" in told(walk)[ADDRESS.format("41")]
    assert "Buscar quién responda por la entidad" in walk.browser("other").get("/hoy").text
    assert "Buscar quién responda por la entidad" not in walk.browser(role).get("/hoy").text


def test_of_an_entity_in_nobodys_charge_all_of_the_sip_are_told(walk: Walk):
    more(walk, "superuser", "40000001", "superuser")
    more(walk, "other", "40000041", "sip")
    walk.begin()
    deactivate(walk, "preparer")
    assert sorted(told(walk)) == [ADDRESS.format("21"), ADDRESS.format("41")]


def test_where_nobody_coordinates_either_the_last_person_stays(walk: Walk):
    more(walk, "superuser", "40000001", "superuser")
    walk.begin()
    with walk.writing() as session:
        session.get_one(User, walk.people["sip"]).active = False
    page = walk.browser("superuser").get(f"/personas/{walk.people['preparer']}/desactivar").text
    assert "Nadie más los prepara ni coordina la entidad" in page
    assert "govuk-button--warning" not in page
    before = walk.row_counts()
    with pytest.raises(NobodyLeft, match="nadie la coordina"):
        deactivate(walk, "preparer")
    assert walk.row_counts() == before


def test_an_entity_without_steps_learns_that_somebody_left(begun: Walk):
    more(begun, "operator", "40000014", "operator", CODE)
    deactivate(begun, "operator")
    assert told(begun) == {}
    assert histories(begun) == [
        "Se desactivó la cuenta de Persona Ejemplo 014 (Operador del registro); no tenía pasos "
        "abiertos"
    ]


def test_other_coordinators_are_told_of_what_one_of_them_had(begun: Walk):
    more(begun, "other", "40000041", "sgtd")
    begun.begin_at("production", code="E90002")
    in_charge(begun, "sgtd", "sgtd")
    with begun.writing() as session:
        task = begun.find(session, "plan_training")
        task.role = "sgtd"
    deactivate(begun, "sgtd")
    assert list(told(begun)) == [ADDRESS.format("41")]
    assert (
        "1\xa0paso abierto de Persona Ejemplo 022 sigue con Persona Ejemplo 041"
        in (histories(begun)[0])
    )
    assert histories(begun, "E90002") == []


def test_a_role_that_is_taken_passes_its_steps_on_and_says_so(begun: Walk):
    take(begun, "administrator", "administrator")
    assert "dejó una de sus funciones" in told(begun)[ADDRESS.format("13")]
    assert histories(begun) == [
        "1\xa0paso abierto de Persona Ejemplo 012 sigue con Persona Ejemplo 013"
    ]


def test_what_the_alternate_had_taken_is_told_to_the_administrator(begun: Walk):
    deactivate(begun, "alternate")
    assert told(begun) == {}
    more(begun, "another", "40000036", "alternate", CODE)
    assign(begun, "plan_training", "another")
    deactivate(begun, "another")
    assert list(told(begun)) == [ADDRESS.format("12")]


def test_who_stands_in_for_an_heir_is_told(begun: Walk):
    more(begun, "another", "40000036", "alternate", CODE)
    note(begun, "alternate", "another")
    deactivate(begun, "administrator")
    assert ADDRESS.format("36") in told(begun)
    assert ADDRESS.format("13") not in told(begun)
